"""How many events are let in, so that what is let in is quick and the rest is told at once.

Events wait in two places: for the log to take them, and in the log for the scorer. Without a limit
the second grows by all that comes in above the scorer's capacity, and every profile is late. Here
the events are counted that this process has let in and whose profiles were not announced yet
(the window), and the window is adapted as TCP adapts its own: it grows a little while profiles come
quickly and is full, and shrinks by a share as soon as they take several times as long as usual
(additive increase, multiplicative decrease; Jacobson, "Congestion avoidance and control", 1988).
What would not fit gets a verdict with a time to come back.

A scorer that says nothing at all is not slow but away: then the log is the buffer, as ever.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from api.errors import OVERLOADED, ProblemError
from personalization.domain.identifiers import SessionId
from personalization.ports.notifier import ProfileChanged
from personalization.settings.admission import AdmissionSettings
from personalization.telemetry.metrics import EVENTS_SHED, WAITING_LIMIT

SHRINK: Final = 0.8
GROWTH: Final = 0.02
"""Of the window, at each look while it is nearly full: some seconds to twice the size."""
FIRST_GROWTH: Final = 1.0
"""The same until profiles are late for the first time (TCP's slow start)."""
FIRST_TIMES: Final = 64
"""The window begins at so many times its smallest size: what it may hold is found, not assumed."""
LOOK_SECONDS: Final = 0.1
"""At most one change of the window in this time, or in that which a profile takes, if longer."""
USUAL_TIMES: Final = 2.0
"""A profile that takes so many times as long as usual waits in a queue."""
SMOOTHING: Final = 0.1
"""Weight of the newest delay in the mean."""
USUAL_SMOOTHING: Final = 0.01
SILENCE_SECONDS: Final = 2.0
"""After this long without any profile the scorer is away, or nothing that waits makes one."""
FORGET_SECONDS: Final = 5.0
"""Events that change no profile (repeated, or too late) are never announced."""
_SHED_BY_LOG: Final = EVENTS_SHED.labels("log")
_SHED_BY_SCORER: Final = EVENTS_SHED.labels("scorer")
RETRY: Final = "Too many events at once: nothing of this batch was taken. Send it again later."


@dataclass(slots=True)
class _Waiting:
    since: float
    events: int
    behind: int
    """Events that waited already when it came."""


@dataclass(slots=True)
class BatchRoom:
    """The room of a batch, from the moment it is let in."""

    window: "ScorerWindow"
    since: float
    events: int
    behind: int
    """Events that waited already when it was let in."""

    def wait(self, session_id: SessionId, events: int) -> None:
        """Let so many of the events wait for the session's profile, and give up the rest."""
        self.window.put(session_id, events, self)


class ScorerWindow:
    """Events on their way to a profile; used on the event loop only. Times are in seconds."""

    def __init__(self, settings: AdmissionSettings, now: Callable[[], float]) -> None:
        self._settings = settings
        self._now = now
        self._waiting: OrderedDict[SessionId, _Waiting] = OrderedDict()
        self._coming = 0
        self.events = 0
        """How many wait, or come: were let in and are not on their way to the log yet."""
        self.limit = float(min(settings.most_waiting, FIRST_TIMES * settings.fewest_waiting))
        self._growth = FIRST_GROWTH
        self._mean: float | None = None
        self._usual: float | None = None
        self._looked_at = self._announced_at = now()

    def has_room(self, events: int) -> bool:
        """Whether a batch of so many events may be let in; always one, where nothing waits.

        All of its events make one profile: where there is room for that, the window is closed
        behind them. Otherwise single events would keep every larger batch out.
        """
        self._forget_old()
        if self.events == 0 or self._is_silent():
            return True
        return self.events + 1 <= self.limit and self.events + events <= self._settings.most_waiting

    def let_in(self, events: int) -> "BatchRoom":
        """Hold room for events of which it is not known yet how many will make a profile."""
        room = BatchRoom(self, self._now(), events, self.events)
        self._coming += events
        self.events += events
        return room

    def leave(self, room: "BatchRoom") -> None:
        """Give back what none of the batch's events has taken."""
        self._coming -= room.events
        self.events -= room.events
        room.events = 0

    def put(self, session_id: SessionId, events: int, room: "BatchRoom") -> None:
        """Count events as waiting; until then they had their batch's room."""
        self.leave(room)
        if events == 0:
            return
        waiting = self._waiting.get(session_id)
        if waiting is None:
            if not self._waiting:
                # Silence begins with something to tell: before, the shop was idle.
                self._announced_at = self._now()
            self._waiting[session_id] = _Waiting(room.since, events, room.behind)
        else:
            waiting.events += events
        self.events += events

    def on_changes(self, changes: Sequence[ProfileChanged]) -> None:
        for change in changes:
            waiting = self._waiting.pop(change.session_id, None)
            if waiting is not None:
                self.events -= waiting.events
                self._note(self._now() - waiting.since, waiting.behind)

    def on_gap(self) -> None:
        """Forget what waits: its profiles may have been announced to nobody."""
        self._waiting.clear()
        self.events = self._coming

    def _note(self, delay: float, behind: int) -> None:
        now = self._now()
        self._announced_at = now
        self._mean = _smooth(self._mean, delay, SMOOTHING)
        # What came while nothing waited says how long a profile takes by itself.
        if self._usual is None or behind == 0 or delay < self._usual:
            self._usual = _smooth(self._usual, delay, USUAL_SMOOTHING)
        if now - self._looked_at < max(LOOK_SECONDS, self._mean):
            return
        self._looked_at = now
        settings = self._settings
        if self._mean > max(settings.quick_milliseconds / 1000, USUAL_TIMES * self._usual):
            self.limit = max(float(settings.fewest_waiting), SHRINK * min(self.limit, self._full()))
            self._growth = GROWTH
        elif self.events > self.limit / 2:
            self.limit = min(float(settings.most_waiting), self.limit * (1 + self._growth) + 1)
        WAITING_LIMIT.set(self.limit)

    def _full(self) -> float:
        """Return what waited when profiles became late: a limit never reached says little."""
        return max(self.events, self._settings.fewest_waiting / SHRINK)

    def _is_silent(self) -> bool:
        return self._now() - self._announced_at > SILENCE_SECONDS

    def _forget_old(self) -> None:
        oldest = self._now() - FORGET_SECONDS
        while self._waiting:
            session_id, waiting = next(iter(self._waiting.items()))
            if waiting.since > oldest:
                return
            del self._waiting[session_id]
            self.events -= waiting.events


def _smooth(mean: float | None, newest: float, weight: float) -> float:
    return newest if mean is None else mean + weight * (newest - mean)


class EventAdmission:
    """Lets batches of events in, or refuses them before anything is done for them."""

    def __init__(self, settings: AdmissionSettings, window: ScorerWindow) -> None:
        self._settings = settings
        self.window = window
        self.writing = 0
        """Batches that were let in and not answered yet."""

    @contextmanager
    def admit(self, events: int) -> Iterator[BatchRoom]:
        """Hold room while a batch is taken; raises `ProblemError` where there is none."""
        if self._is_writing_enough() or not self.window.has_room(events):
            self.count_refusal(events)
            raise ProblemError(OVERLOADED, RETRY)
        self.writing += 1
        room = self.window.let_in(events)
        try:
            yield room
        finally:
            self.window.leave(room)
            self.writing -= 1

    def is_closed(self) -> bool:
        """Whether not even one event more would be let in."""
        return self._is_writing_enough() or not self.window.has_room(1)

    def count_refusal(self, events: int) -> None:
        (_SHED_BY_LOG if self._is_writing_enough() else _SHED_BY_SCORER).inc(events)

    def _is_writing_enough(self) -> bool:
        return self.writing >= self._settings.most_writing
