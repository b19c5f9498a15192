"""How many events are let in, so that what is let in is quick and the rest is told at once.

Events wait in two places: for the log to take them, and in the log for the scorer. Without a limit
the second grows by all that comes in above the scorer's capacity, and every profile is late. Here
the events are counted that this process has let in and whose profiles were not announced yet
(the window), and the window is adapted as TCP adapts its own: it grows a little while profiles come
quickly and it is used, and shrinks by a share where they take several times as long as usual
(additive increase, multiplicative decrease; Jacobson, "Congestion avoidance and control", 1988).
What would not fit gets a verdict with a time to come back.

Only the quickest profile between two looks is compared with the usual time. A burst, or a pause of
the disk, makes a queue that goes away by itself, and one profile behind it is quick again; where
even the quickest waited, the queue stands, and is as many times too long as that took too long
(Nichols and Jacobson, "Controlling queue delay", 2012).

A scorer that says nothing at all is not slow but away: then the log is the buffer, as ever. One
that has come back, and works off so much that nothing of now is announced soon, is not away: then
as many are let in as it announces, so that what waits in the log grows no further.
"""

import math
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

LARGEST_SHRINK: Final = 0.5
"""At one look the window keeps at least this share of what it held."""
GROWTH: Final = 0.02
"""Of the window, at each look while it is nearly full: some seconds to twice the size."""
FIRST_GROWTH: Final = 1.0
"""The same until profiles are late for the first time (TCP's slow start)."""
FIRST_TIMES: Final = 8
"""The window begins at so many times its smallest size. It is found, not assumed, what it may hold:
a larger one makes the first second of an overload late, and this one doubles while it is used."""
LOOK_SECONDS: Final = 0.1
"""Of profiles that are looked at together; each look may change the window."""
USUAL_TIMES: Final = 2.0
"""A profile that takes so many times as long as usual waits in a queue."""
USUAL_SMOOTHING: Final = 0.01
"""Weight of the newest delay in the usual one."""
SILENCE_SECONDS: Final = 2.0
"""After this long without a profile of what waits, the scorer is away or works off older events, or
nothing that waits makes one."""
MOST_WORKED_OFF: Final = 100
"""Profiles for which as many events may come at once: a few batches of a scorer."""
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
        self._usual: float | None = None
        self._quickest = math.inf
        self._most_events = 0
        """Both since the last look."""
        self._look_at = math.inf
        self._announced_at = now()
        self._heard_at = -math.inf
        """When any profile was announced, also one for which nothing waits here."""
        self._worked_off = 0
        """Profiles that were announced, less events that were put."""

    def has_room(self, events: int) -> bool:
        """Whether a batch of so many events may be let in; always one, where nothing waits.

        All of its events make one profile: where there is room for that, the window is closed
        behind them. Otherwise single events would keep every larger batch out.
        """
        self._forget_old()
        if self.events == 0:
            return True
        if self._is_silent():
            return self._worked_off > 0 or self._is_away()
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
        self._worked_off = max(-MOST_WORKED_OFF, self._worked_off - events)
        self._most_events = max(self._most_events, self.events)

    def on_changes(self, changes: Sequence[ProfileChanged]) -> None:
        self._heard_at = self._now()
        self._worked_off = min(MOST_WORKED_OFF, self._worked_off + len(changes))
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
        # What came while nothing waited says how long a profile takes by itself.
        if self._usual is None or behind == 0 or delay < self._usual:
            self._usual = _smooth(self._usual, delay)
        if self._quickest == math.inf:
            # Counted from here: what ends a pause must not be judged before what follows it.
            self._look_at = now + LOOK_SECONDS
        self._quickest = min(self._quickest, delay)
        if now >= self._look_at:
            self._adapt(max(self._settings.quick_milliseconds / 1000, USUAL_TIMES * self._usual))
            self._quickest, self._most_events = math.inf, self.events

    def _adapt(self, longest: float) -> None:
        """Change the window by whether the quickest profile took longer than it may."""
        settings, used = self._settings, self._most_events
        if self._quickest > longest:
            # A limit that was never reached says little.
            kept = max(LARGEST_SHRINK, longest / self._quickest) * min(self.limit, used)
            if self.limit <= settings.fewest_waiting:
                # A queue of this process is not what they wait in: it takes as long by now.
                self._usual = _smooth(self._usual, self._quickest)
            self.limit = max(float(settings.fewest_waiting), kept)
            self._growth = GROWTH
        elif used > self.limit / 2:
            self.limit = min(float(settings.most_waiting), self.limit * (1 + self._growth) + 1)
        WAITING_LIMIT.set(self.limit)

    def _is_silent(self) -> bool:
        return self._now() - self._announced_at > SILENCE_SECONDS

    def _is_away(self) -> bool:
        return self._now() - self._heard_at > SILENCE_SECONDS

    def _forget_old(self) -> None:
        oldest = self._now() - self._settings.forget_seconds
        while self._waiting:
            session_id, waiting = next(iter(self._waiting.items()))
            if waiting.since > oldest:
                return
            del self._waiting[session_id]
            self.events -= waiting.events


def _smooth(usual: float | None, newest: float) -> float:
    return newest if usual is None else usual + USUAL_SMOOTHING * (newest - usual)


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
