"""Time is passed in, so that a test or a replay can decide what time it is."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime: ...


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
