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

    def due(self) -> bool:
        """Return whether the period has passed, and begin another if so."""
        now = time.monotonic()
        if now - self._last < self._every_seconds:
            return False
        self._last = now
        return True
