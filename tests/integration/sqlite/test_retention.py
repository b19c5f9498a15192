"""What the embedded stores keep, and for how long."""

import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from personalization.adapters.sqlite.claim_store import SqliteClaimStore
from personalization.adapters.sqlite.decision_history import SqliteDecisionHistory
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.adapters.sqlite.event_log import SqliteEventLog
from personalization.domain.access.claim import Claim, Holder
from personalization.domain.identifiers import DecisionId, EventId, SessionId
from personalization.ports.event_log import Message, TopicPartition
from personalization.ports.retention import TopicLife
from personalization.ports.topics import DEAD_LETTER, USER_INTERACTIONS
from personalization.retention.retention import prune_files
from personalization.settings.cassandra import CassandraSettings
from personalization.settings.retention import RetentionSettings
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


def test_what_is_said_of_refused_events_counts_in_their_quota(log: SqliteEventLog) -> None:
    reason = (("reason", 100 * "\N{EURO SIGN}"),)
    for number in range(1_000):
        log.publish(DEAD_LETTER, [Message("key", b"%04d" % number, reason)]).result(10)

    kept = len(bodies(log, DEAD_LETTER))

    assert 0 < kept * 300 <= QUOTA * 1.25


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


def test_claims_go_page_by_page_and_only_the_old_ones(tmp_path: Path) -> None:
    with closing(SqliteClaimStore(tmp_path / "claims.sqlite")) as claims:
        for number in range(40):
            moment = NOON + timedelta(days=number % 2)
            claims.claim(Claim(SessionId(f"session-{number:02}"), Holder("holder"), moment))

        assert claims.prune(NOON + timedelta(days=1)) == 20
        assert claims.read(SessionId("session-00")) is None
        assert claims.read(SessionId("session-39")) is not None


def test_what_stands_beside_files_or_vanishes_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "socket").mkdir()
    os.mkfifo(tmp_path / "socket" / "pipe")
    (tmp_path / "latest").symlink_to(tmp_path / "nowhere")
    (tmp_path / "old.log").write_text("line")

    later = datetime.now(UTC) + timedelta(days=2)

    assert prune_files(tmp_path, later, timedelta(days=1)) == 3


def test_lives_that_no_calendar_has_are_refused() -> None:
    for name, value in {
        "log_hours": "inf",
        "dead_letter_mib": 10**17,
        "dead_letter_hours": 1e308,
        "events_days": 900_000,
        "decisions_days": 10**12,
        "working_files_days": 900_000,
    }.items():
        with pytest.raises(ValidationError):
            RetentionSettings.model_validate({name: value})
    # Cassandra counts seconds in 32 bits and, before release 5, up to 2038.
    with pytest.raises(ValidationError):
        CassandraSettings(events_days=7_300)


def test_compacting_gives_space_back(log: SqliteEventLog, clock: SettableClock) -> None:
    publish(log, USER_INTERACTIONS, *(2_000 * [1_000 * b"x"]))
    clock.advance(timedelta(days=100))
    log.prune(clock.now())

    assert log.compact() > 1_000_000
    assert len(bodies(log, USER_INTERACTIONS)) == 1
