"""The window of events on their way adapts to how quickly their profiles come."""

from collections import deque
from itertools import pairwise

import pytest

from api.errors import OVERLOADED, ProblemError
from api.tracking.admission import (
    FIRST_TIMES,
    LARGEST_SHRINK,
    MOST_WORKED_OFF,
    SILENCE_SECONDS,
    EventAdmission,
    ScorerWindow,
)
from personalization.domain.identifiers import SessionId
from personalization.ports.notifier import ProfileChanged
from personalization.settings.admission import AdmissionSettings
from personalization.telemetry.metrics import EVENTS_SHED

SETTINGS = AdmissionSettings(
    most_writing=3, most_waiting=100, fewest_waiting=5, quick_milliseconds=50
)


class Queue:
    """A window, and a scorer that takes one event after the other."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.window = ScorerWindow(SETTINGS, lambda: self.now)
        self._number = 0

    def put(self, events: int = 1) -> SessionId:
        self._number += 1
        session_id = SessionId(f"session-{self._number}")
        self.window.let_in(events).wait(session_id, events)
        return session_id

    def announce(self, session_id: SessionId) -> None:
        self.window.on_changes([ProfileChanged(session_id, 1)])

    def flood(self, count: int, seconds: float) -> float:
        """Let more come than a scorer takes that needs so long for each; return the last delay."""
        waiting: deque[tuple[SessionId, float]] = deque()
        delay = 0.0
        for _ in range(count):
            while self.window.has_room(1):
                waiting.append((self.put(), self.now))
            self.now += seconds
            session_id, since = waiting.popleft()
            self.announce(session_id)
            delay = self.now - since
        for session_id, _ in waiting:
            self.announce(session_id)
        return delay

    def work(self, rounds: int, offered: int, seconds: float) -> int:
        """Let a scorer take all that came a round before; return how many were let in at last."""
        before: list[SessionId] = []
        for _ in range(rounds):
            coming = [self.put() for _ in range(offered) if self.window.has_room(1)]
            self.now += seconds
            for session_id in before:
                self.announce(session_id)
            before = coming
        return len(before)


@pytest.fixture
def queue() -> Queue:
    return Queue()


def test_what_is_announced_waits_no_more(queue: Queue) -> None:
    first, second = queue.put(2), queue.put(3)
    assert queue.window.events == 5

    queue.announce(first)
    queue.announce(first)
    assert queue.window.events == 3

    queue.announce(second)
    assert queue.window.events == 0


def test_no_more_wait_than_may(queue: Queue) -> None:
    queue.window.limit = float(SETTINGS.most_waiting)
    queue.put(SETTINGS.most_waiting - 10)

    assert queue.window.has_room(10)
    assert not queue.window.has_room(11)


def test_one_batch_is_always_let_in_where_nothing_waits(queue: Queue) -> None:
    assert queue.window.has_room(1_000)


def test_the_window_shrinks_until_profiles_are_quick_and_grows_where_they_are(
    queue: Queue,
) -> None:
    first = queue.flood(100, 0.01)
    last = queue.flood(2_000, 0.01)

    assert first > 0.2
    assert last < 0.1
    assert SETTINGS.fewest_waiting <= queue.window.limit < 20

    assert queue.flood(20_000, 0.001) < 0.2
    assert queue.window.limit > 25


def test_a_slow_shop_is_not_shut_for_being_slow(queue: Queue) -> None:
    # Every profile takes a third of a second here, although none waits for another.
    for _ in range(100):
        session_id = queue.put()
        queue.now += 0.3
        queue.announce(session_id)

    assert queue.window.limit == min(FIRST_TIMES * SETTINGS.fewest_waiting, SETTINGS.most_waiting)


def test_a_shop_that_became_slower_for_good_is_not_shut_for_ever(queue: Queue) -> None:
    assert queue.work(100, offered=2, seconds=0.01) == 2

    assert queue.work(10, offered=10, seconds=0.2) < 10
    assert queue.work(200, offered=10, seconds=0.2) == 10


def test_a_scorer_that_says_nothing_is_away_and_the_log_is_the_buffer(queue: Queue) -> None:
    queue.put(100)
    assert not queue.window.has_room(1)

    queue.now += SILENCE_SECONDS + 0.1
    assert queue.window.has_room(1)

    queue.announce(queue.put())
    queue.put(100)
    assert not queue.window.has_room(1)


def test_a_scorer_that_works_off_older_events_is_sent_as_many_as_it_announces(
    queue: Queue,
) -> None:
    queue.put(100)
    queue.now += SILENCE_SECONDS + 0.1

    announced = [SessionId(f"older-{number}") for number in range(MOST_WORKED_OFF + 10)]
    queue.window.on_changes([ProfileChanged(session_id, 1) for session_id in announced])
    # What was put before is settled first.
    for _ in range(10):
        assert queue.window.has_room(1)
        queue.put()
    assert not queue.window.has_room(1)

    queue.now += SILENCE_SECONDS + 0.1
    assert queue.window.has_room(1)


def test_events_that_change_no_profile_are_forgotten(queue: Queue) -> None:
    queue.put(100)
    queue.now += SETTINGS.forget_seconds + 0.1

    assert queue.window.has_room(1)
    assert queue.window.events == 0


def test_after_a_gap_nothing_is_waited_for(queue: Queue) -> None:
    queue.put(100)
    queue.window.on_gap()

    assert queue.window.events == 0


def test_every_event_that_is_refused_is_counted(queue: Queue) -> None:
    admission = EventAdmission(SETTINGS, queue.window)
    queue.put(100)
    shed = EVENTS_SHED.labels("scorer")._value  # noqa: SLF001 - the counter has no reader
    before = shed.get()

    with pytest.raises(ProblemError) as refused, admission.admit(7):
        pass

    assert refused.value.kind is OVERLOADED
    assert shed.get() - before == 7
    assert admission.writing == 0


def test_what_is_let_in_has_its_room_before_it_is_on_its_way(queue: Queue) -> None:
    admission = EventAdmission(SETTINGS, queue.window)
    queue.window.limit = float(SETTINGS.most_waiting)
    queue.put(98)
    with admission.admit(2) as place:
        # A second request comes while the first is still judged.
        with pytest.raises(ProblemError), admission.admit(1):
            pass
        place.wait(SessionId("some"), 1)
        assert queue.window.events == 99
        with admission.admit(1):
            assert queue.window.events == 100
    assert queue.window.events == 99

    queue.window.on_gap()
    with admission.admit(3):
        queue.window.on_gap()
        assert queue.window.events == 3
    assert queue.window.events == 0


def test_a_delay_begins_with_the_request(queue: Queue) -> None:
    for _ in range(100):
        queue.announce(queue.put())
        queue.now += 0.01
    behind = queue.put()
    for _ in range(30):
        # Judged for long, and announced as soon as it is on its way.
        place = queue.window.let_in(1)
        queue.now += 0.3
        place.wait(SessionId("slow"), 1)
        queue.announce(SessionId("slow"))
    queue.announce(behind)

    assert queue.window.limit == SETTINGS.fewest_waiting


def test_a_pause_whose_queue_goes_away_by_itself_refuses_nobody(queue: Queue) -> None:
    # 100 events a second to a scorer of 200, which comes to nothing for 0.15 s of each second.
    waiting = deque[SessionId]()
    for tick in range(4_000):
        if tick % 2:
            assert queue.window.has_room(1)
            waiting.append(queue.put())
        if waiting and tick % 200 >= 30:
            queue.announce(waiting.popleft())
        queue.now += 0.005


def test_a_queue_that_stands_is_cut_by_as_much_as_it_takes_too_long(queue: Queue) -> None:
    queue.window.limit = 60.0
    waiting = deque(queue.put() for _ in range(60))
    limits = []
    for _ in range(100):
        queue.now += 0.01
        queue.announce(waiting.popleft())
        limits.append(queue.window.limit)
        while queue.window.has_room(1):
            waiting.append(queue.put())

    # The quickest of them take 100 ms and more, of which 50 are allowed.
    assert min(after / before for before, after in pairwise(limits)) >= LARGEST_SHRINK
    assert limits[-1] == pytest.approx(5, abs=3)


def test_a_batch_is_let_in_where_a_profile_more_may_wait(queue: Queue) -> None:
    queue.window.limit = 10.0
    queue.put(9)
    assert queue.window.has_room(80)

    queue.put(80)
    assert not queue.window.has_room(1)


def test_no_more_batches_are_written_at_once_than_may(queue: Queue) -> None:
    admission = EventAdmission(SETTINGS, queue.window)
    held = [admission.admit(1) for _ in range(SETTINGS.most_writing)]
    for place in held:
        place.__enter__()

    with pytest.raises(ProblemError), admission.admit(1):
        pass
    held[0].__exit__(None, None, None)
    with admission.admit(1):
        assert admission.writing == SETTINGS.most_writing
