"""Time is passed in, so that a test or a replay can decide what time it is."""

import time
from datetime import UTC, datetime
from typing import Final, Protocol


class Clock(Protocol):
    def now(self) -> datetime: ...


FIRST_MOMENT: Final = datetime.min.replace(tzinfo=UTC)
LAST_MOMENT: Final = datetime.max.replace(tzinfo=UTC)


def in_utc(moment: datetime) -> datetime:
    """Return the aware moment in UTC; what lies beyond the calendar's ends becomes its end."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        # Within a day of one end, and its offset leads over it.
        return FIRST_MOMENT if moment.year == FIRST_MOMENT.year else LAST_MOMENT


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class Throttle:
    """Counts periods by the monotonic clock; the first one may begin now or have passed already."""

    def __init__(self, every_seconds: float, *, due_at_once: bool = True) -> None:
        self._every_seconds = every_seconds
        self._last = float("-inf") if due_at_once else time.monotonic()

    def remaining_seconds(self) -> float:
        """Return how long it is until the period has passed, 0 where it has."""
        return max(0.0, self._last + self._every_seconds - time.monotonic())

    def due(self) -> bool:
        """Return whether the period has passed, and begin another if so."""
        now = time.monotonic()
        if now - self._last < self._every_seconds:
            return False
        self._last = now
        return True


LONGEST_PAUSE_SECONDS: Final = 60.0
STEADY_SECONDS: Final = 60.0


class GrowingPause:
    """The pauses before something that ended is begun again: each is twice the one before.

    They grow up to `LONGEST_PAUSE_SECONDS`. What ran for `STEADY_SECONDS` has recovered: the next
    pause is the first one again.
    """

    def __init__(self, first_seconds: float) -> None:
        self._first_seconds = self._next_seconds = first_seconds
        self._began = time.monotonic()

    def begin(self) -> None:
        """Note that it runs from now on."""
        self._began = time.monotonic()

    def seconds(self) -> float:
        """Return how long to wait now that it has ended."""
        if time.monotonic() - self._began >= STEADY_SECONDS:
            self._next_seconds = self._first_seconds
        seconds = self._next_seconds
        self._next_seconds = min(2 * seconds, LONGEST_PAUSE_SECONDS)
        return seconds
