"""The loop of every reader: what is committed and when, over an outage, a stop and a failure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Event as Flag
from threading import Thread

import pytest
from prometheus_client import REGISTRY

from personalization.domain.errors import StoreUnavailableError
from personalization.ports.event_log import Record, TopicPartition
from realtime.role_loop import POLL_SECONDS, RoleLoop, next_offsets
from tests.waiting import eventually

PLACE = TopicPartition("things", 0)
AWAY = "away for a test"


def records(count: int, place: TopicPartition = PLACE, first: int = 0) -> list[Record]:
    return [Record(place, first + number, 0, "key", b"x") for number in range(count)]


class Outage:
    """Fails the first calls, as many as it is given, with the given error."""

    def __init__(self) -> None:
        self._errors: list[Exception] = []

    def begin(self, *errors: Exception) -> None:
        """Fail the next calls with these."""
        self._errors.extend(errors)

    def check(self) -> None:
        """Raise what is due."""
        if self._errors:
            raise self._errors.pop(0)


class ListedConsumer:
    """A consumer of one partition in memory, which tells the loop to stop at the log's end."""

    def __init__(self, journal: list[str], stop: Flag, log: Sequence[Record]) -> None:
        self._journal = journal
        self._stop = stop
        self._log = log
        self._at = 0
        self.committed = 0
        self.polls, self.commits, self.lags = Outage(), Outage(), Outage()

    def poll(self, max_records: int, timeout_seconds: float) -> Sequence[Record]:
        """Return the next records."""
        assert 0 < timeout_seconds <= 1
        self.polls.check()
        found = self._log[self._at : self._at + max_records]
        self._at += len(found)
        if not found:
            self._stop.set()
        return found

    def first_offsets(self) -> Mapping[TopicPartition, int]:
        """Return the first place, which is still there."""
        return {PLACE: 0}

    def commit(self, next_offsets: Mapping[TopicPartition, int]) -> None:
        """Keep the offset."""
        self.commits.check()
        self.committed = max(self.committed, next_offsets[PLACE])
        self._journal.append(f"committed {self.committed}")

    def seek(self, next_offsets: Mapping[TopicPartition, int]) -> None:
        """Read on from there."""
        self._at = next_offsets[PLACE]
        self._journal.append(f"sought {self._at}")

    def read_up_to_ms(self) -> int:
        """Return a moment before all records."""
        return 0

    def lag(self) -> int:
        """Return what is not committed."""
        self.lags.check()
        return len(self._log) - self.committed

    def close(self) -> None:
        """Note it."""
        self._journal.append("closed")


class Adder:
    """A role whose effects are the offsets that it has taken."""

    name = "adder"
    group = "adders"
    batch = 2
    linger_seconds = 0.0

    def __init__(self, journal: list[str]) -> None:
        self._journal = journal
        self._told = 0
        self.effects: set[int] = set()
        self.due: list[Mapping[TopicPartition, int]] = []
        self.handling, self.idling = Outage(), Outage()
        self.on_tell: Callable[[], None] = lambda: None

    def handle(self, records: Sequence[Record]) -> Mapping[TopicPartition, int]:
        """Add the offsets; an outage comes after the first of them was added."""
        self.effects.add(records[0].offset)
        self.handling.check()
        self.effects.update(record.offset for record in records)
        self._journal.append(f"handled {[record.offset for record in records]}")
        return next_offsets(records)

    def tell(self) -> None:
        """Tell how much there is, if it is news."""
        if len(self.effects) > self._told:
            self._told = len(self.effects)
            self._journal.append(f"told of {self._told}")
            self.on_tell()

    def idle(self) -> Mapping[TopicPartition, int]:
        """Return what the test says is due."""
        self.idling.check()
        return self.due.pop(0) if self.due else {}

    def finish(self) -> None:
        """Note it."""
        self._journal.append("finished")


class Bench:
    """A loop with its role, its consumer of five records, and a journal of what they did."""

    def __init__(self) -> None:
        self.journal: list[str] = []
        self.stop = Flag()
        self.role = Adder(self.journal)
        self.consumer = ListedConsumer(self.journal, self.stop, records(5))
        self.loop = RoleLoop(self.role, self.consumer, self.stop, commit_seconds=0.0)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def running(bench: Bench) -> Iterator[Thread]:
    """Run the loop on a thread, until the test's end at the latest."""
    thread = Thread(target=bench.loop.run)
    yield thread
    bench.stop.set()
    if thread.ident is not None:
        thread.join()


def away(times: int = 1) -> list[Exception]:
    return [StoreUnavailableError(AWAY) for _ in range(times)]


def test_the_next_offsets_are_one_past_the_highest_of_each_partition() -> None:
    other = TopicPartition("things", 1)

    assert next_offsets([*records(3), *records(1, other, first=7), *records(1)]) == {
        PLACE: 3,
        other: 8,
    }
    assert next_offsets([]) == {}


def test_each_batch_is_stored_then_told_then_committed(bench: Bench) -> None:
    bench.loop.run()

    assert bench.journal == [
        "handled [0, 1]", "told of 2", "committed 2",
        "handled [2, 3]", "told of 4", "committed 4",
        "handled [4]", "told of 5", "committed 5",
        "finished", "closed",
    ]  # fmt: skip


def test_while_there_are_more_records_one_commit_is_for_several_batches(bench: Bench) -> None:
    loop = RoleLoop(bench.role, bench.consumer, bench.stop, commit_seconds=3600.0)
    loop.run()

    # The first is due at once, the last since there is nothing more.
    assert bench.journal == [
        "handled [0, 1]", "told of 2", "committed 2",
        "handled [2, 3]", "told of 4", "handled [4]", "told of 5", "committed 5",
        "finished", "closed",
    ]  # fmt: skip


def test_at_the_end_of_the_log_the_commit_waits_for_its_time_and_no_longer(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, empty_polls = [128.0], list[float]()
    monkeypatch.setattr("time.monotonic", lambda: now[0])

    def poll(max_records: int, timeout_seconds: float) -> Sequence[Record]:
        found = ListedConsumer.poll(bench.consumer, max_records, timeout_seconds)
        if not found:
            now[0] += timeout_seconds
            empty_polls.append(timeout_seconds)
            if len(empty_polls) == 1:
                bench.stop.clear()
        return found

    monkeypatch.setattr(bench.consumer, "poll", poll)
    RoleLoop(bench.role, bench.consumer, bench.stop, commit_seconds=0.125).run()

    assert empty_polls == [0.125, POLL_SECONDS]
    assert bench.journal[-4:] == ["told of 5", "committed 5", "finished", "closed"]


def test_a_stop_commits_what_was_handled(bench: Bench) -> None:
    loop = RoleLoop(bench.role, bench.consumer, bench.stop, commit_seconds=3600.0)
    bench.role.on_tell = lambda: bench.stop.set() if len(bench.role.effects) > 2 else None
    loop.run()

    assert bench.journal[-3:] == ["committed 4", "finished", "closed"]


def test_a_store_that_is_away_is_asked_again_and_nothing_is_committed_before_the_effects(
    bench: Bench,
) -> None:
    bench.role.handling.begin(*away(times=2))

    bench.loop.run()

    assert bench.journal[:3] == ["handled [0, 1]", "told of 2", "committed 2"]
    assert bench.role.effects == set(range(5))
    assert bench.consumer.committed == 5


def test_a_log_that_is_away_loses_no_record_and_no_commit(bench: Bench) -> None:
    bench.consumer.polls.begin(*away())
    bench.consumer.commits.begin(*away(times=2))

    bench.loop.run()

    handled = [entry for entry in bench.journal if entry.startswith("handled")]
    assert handled == ["handled [0, 1]", "handled [2, 3]", "handled [4]"]
    assert bench.journal[2] == "committed 2"
    assert bench.consumer.committed == 5


def test_while_a_store_is_away_the_health_says_so_and_no_longer_once_it_is_back(
    bench: Bench, running: Thread
) -> None:
    labels = {"store": bench.role.name}
    before = REGISTRY.get_sample_value("fitting_room_store_failures_total", labels) or 0
    bench.role.handling.begin(*away(times=3))
    running.start()

    eventually(lambda: bench.loop.health.waiting_for == AWAY)
    eventually(lambda: not running.is_alive())

    assert bench.loop.health.waiting_for is None
    after = REGISTRY.get_sample_value("fitting_room_store_failures_total", labels)
    assert after == before + 3
    assert bench.consumer.committed == 5


def test_a_stop_while_waiting_for_a_store_ends_at_once_without_committing(
    bench: Bench, running: Thread
) -> None:
    bench.role.handling.begin(*away(times=1000))
    running.start()
    eventually(lambda: bench.loop.health.waiting_for == AWAY)

    bench.stop.set()

    eventually(lambda: not running.is_alive(), within_seconds=1.0)
    assert bench.consumer.committed == 0
    assert bench.journal[-2:] == ["finished", "closed"]
    assert not any(entry.startswith(("handled", "committed")) for entry in bench.journal)


def test_a_stop_while_the_log_does_not_take_the_commit_ends_at_once(
    bench: Bench, running: Thread
) -> None:
    bench.consumer.commits.begin(*away(times=1000))
    running.start()
    eventually(lambda: bench.loop.health.waiting_for == AWAY)

    bench.stop.set()

    eventually(lambda: not running.is_alive(), within_seconds=1.0)
    assert bench.journal == ["handled [0, 1]", "told of 2", "finished", "closed"]


def test_any_other_error_ends_the_loop_and_commits_nothing_of_its_batch(bench: Bench) -> None:
    bench.role.handling.begin(ValueError("a fault of ours"))

    with pytest.raises(ValueError, match="a fault of ours"):
        bench.loop.run()

    assert bench.journal == []
    assert bench.consumer.committed == 0


@pytest.mark.parametrize("part", ["polls", "commits", "lags"])
def test_an_error_of_the_log_that_waiting_does_not_mend_ends_the_loop(
    bench: Bench, part: str
) -> None:
    outage: Outage = getattr(bench.consumer, part)
    outage.begin(ConnectionRefusedError("for good"))

    with pytest.raises(ConnectionRefusedError, match="for good"):
        bench.loop.run()

    assert "finished" not in bench.journal


def test_the_lag_is_told_to_health_and_metrics(bench: Bench) -> None:
    bench.loop.run()

    # Asked for after the first batch of two, and a second later at the earliest.
    assert bench.loop.health.lag == 3
    labels = {"group": bench.role.group}
    assert REGISTRY.get_sample_value("fitting_room_consumer_lag", labels) == 3


def test_a_lag_that_nobody_tells_does_not_hold_up_records(bench: Bench) -> None:
    bench.consumer.lags.begin(*away(times=1000))

    bench.loop.run()

    assert bench.consumer.committed == 5
    assert bench.loop.health.lag is None
    assert bench.loop.health.waiting_for is None


def test_what_falls_due_is_committed_whether_or_not_there_were_records(bench: Bench) -> None:
    bench.role.due = [{}, {PLACE: 4}, {}, {PLACE: 5}]
    bench.role.idling.begin(*away())

    bench.loop.run()

    # The last was due after a poll that found nothing.
    assert [entry for entry in bench.journal if entry.startswith("committed")] == [
        "committed 2", "committed 4", "committed 4", "committed 5", "committed 5",
    ]  # fmt: skip


def test_a_checkpoint_is_where_reading_goes_on_and_without_one_nothing_is_sought(
    bench: Bench,
) -> None:
    bench.loop.start_at({})
    assert bench.journal == []

    bench.loop.start_at({PLACE: 3})
    bench.loop.run()

    assert bench.journal[0] == "sought 3"
    assert bench.role.effects == {3, 4}


def test_a_pause_between_batches_is_cut_short_by_a_stop(bench: Bench, running: Thread) -> None:
    bench.role.linger_seconds = 3600.0
    running.start()
    eventually(lambda: bench.consumer.committed == 2)

    bench.stop.set()

    eventually(lambda: not running.is_alive(), within_seconds=1.0)
    assert bench.journal == [
        "handled [0, 1]", "told of 2", "committed 2", "finished", "closed",
    ]  # fmt: skip


def test_a_loop_that_is_told_to_stop_before_it_began_only_finishes_once(bench: Bench) -> None:
    bench.stop.set()

    bench.loop.run()

    assert bench.journal == ["finished", "closed"]
