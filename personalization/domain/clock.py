"""Time is passed in, so that a test or a replay can decide what time it is."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Answers the present moment."""

    def now(self) -> datetime:
        """Return the present moment as an aware datetime in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present moment as an aware datetime in UTC."""
        return datetime.now(UTC)
