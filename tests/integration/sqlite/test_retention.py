"""What the embedded stores keep, and for how long."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from personalization.adapters.sqlite.decision_history import SqliteDecisionHistory
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.adapters.sqlite.event_log import SqliteEventLog
from personalization.domain.identifiers import DecisionId, EventId
from personalization.ports.event_log import Message, TopicPartition
from personalization.ports.retention import TopicLife
from personalization.ports.topics import DEAD_LETTER, USER_INTERACTIONS
from tests.builders.decision_record import a_decision_record
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.settable_clock import SettableClock

HOURS_KEPT = 24
READERS = ("scorer", "learner")
QUOTA = 64 * 1024
LIVES = {
    USER_INTERACTIONS: TopicLife(HOURS_KEPT, READERS, unread_hours=10 * HOURS_KEPT),
    DEAD_LETTER: TopicLife(HOURS_KEPT, most_bytes=QUOTA),
}


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def log(tmp_path: Path, clock: SettableClock) -> Iterator[SqliteEventLog]:
    file = tmp_path / "log.sqlite"
    with closing(SqliteEventLog(file, partitions=1, clock=clock, lives=LIVES)) as opened:
        yield opened


def publish(log: SqliteEventLog, topic: str, *bodies: bytes) -> None:
    log.publish(topic, [Message("key", body) for body in bodies]).result(10)


def bodies(log: SqliteEventLog, topic: str) -> list[bytes]:
    consumer = log.consumer("nobody", [topic])
    found: list[bytes] = []
    while records := consumer.poll(1_000, 0):
        found.extend(record.value for record in records)
    return found


def commit(log: SqliteEventLog, group: str, offset: int) -> None:
    log.consumer(group, [USER_INTERACTIONS]).commit({TopicPartition(USER_INTERACTIONS, 0): offset})


def test_what_all_readers_have_read_goes_after_its_time(
    log: SqliteEventLog, clock: SettableClock
) -> None:
    publish(log, USER_INTERACTIONS, b"1", b"2", b"3")
    commit(log, "scorer", 3)
    commit(log, "learner", 1)
    assert log.prune(clock.now()) == 0

    clock.advance(timedelta(hours=HOURS_KEPT + 1))
    publish(log, USER_INTERACTIONS, b"4")

    assert log.prune(clock.now()) == 1
    assert bodies(log, USER_INTERACTIONS) == [b"2", b"3", b"4"]


def test_what_nobody_reads_goes_in_the_end(log: SqliteEventLog, clock: SettableClock) -> None:
    publish(log, USER_INTERACTIONS, b"1", b"2")
    clock.advance(timedelta(hours=10 * HOURS_KEPT + 1))
    publish(log, USER_INTERACTIONS, b"3")

    assert log.prune(clock.now()) == 2
    assert bodies(log, USER_INTERACTIONS) == [b"3"]


def test_offsets_go_on_where_everything_was_old(log: SqliteEventLog, clock: SettableClock) -> None:
    publish(log, USER_INTERACTIONS, b"1", b"2")
    for reader in READERS:
        commit(log, reader, 2)
    clock.advance(timedelta(days=100))

    log.prune(clock.now())
    publish(log, USER_INTERACTIONS, b"3")

    [*_, newest] = log.consumer("nobody", [USER_INTERACTIONS]).poll(10, 0)
    assert (newest.value, newest.offset) == (b"3", 2)
    assert log.consumer("scorer", [USER_INTERACTIONS]).poll(10, 0)[0].value == b"3"


def test_refused_events_never_take_more_than_their_quota(log: SqliteEventLog) -> None:
    for number in range(100):
        publish(log, DEAD_LETTER, b"%04d" % number + 4_000 * b"x")

    kept = bodies(log, DEAD_LETTER)

    assert sum(map(len, kept)) <= QUOTA * 1.25
    assert [int(body[:4]) for body in kept] == list(range(100 - len(kept), 100))


def test_refused_events_have_a_life(log: SqliteEventLog, clock: SettableClock) -> None:
    publish(log, DEAD_LETTER, b"old", b"newest")
    clock.advance(timedelta(hours=HOURS_KEPT + 1))

    assert log.prune(clock.now()) == 1
    assert bodies(log, DEAD_LETTER) == [b"newest"]


def test_an_event_lives_from_the_day_it_was_written_on(
    tmp_path: Path, clock: SettableClock
) -> None:
    ancient = clock.now() - timedelta(days=5_000)
    imported = an_event(occurred_at=ancient, received_at=ancient)
    with closing(SqliteEventHistory(tmp_path / "history.sqlite", clock=clock)) as history:
        history.append([imported])
        clock.advance(timedelta(days=1))
        history.append([an_event(event_id=EventId("later"))])

        assert history.prune(clock.now() - timedelta(days=1)) == 0
        assert history.prune(clock.now()) == 1
        [left] = history.read_many([imported.session_id])[imported.session_id]
        assert left.event_id == "later"


def test_decisions_live_from_when_they_were_made(tmp_path: Path) -> None:
    with closing(SqliteDecisionHistory(tmp_path / "decisions.sqlite")) as decisions:
        decisions.append(
            [
                a_decision_record("first"),
                a_decision_record("second", decided_at=NOON + timedelta(days=2)),
            ]
        )

        assert decisions.prune(NOON + timedelta(days=1)) == 1
        assert list(decisions.read_decisions([DecisionId("first"), DecisionId("second")])) == [
            "second"
        ]


def test_compacting_gives_space_back(log: SqliteEventLog, clock: SettableClock) -> None:
    publish(log, USER_INTERACTIONS, *(2_000 * [1_000 * b"x"]))
    clock.advance(timedelta(days=100))
    log.prune(clock.now())

    assert log.compact() > 1_000_000
    assert len(bodies(log, USER_INTERACTIONS)) == 1
