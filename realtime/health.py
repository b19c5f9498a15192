"""How a role is doing, as its loop notes it and a health check reads it."""

import time
from dataclasses import dataclass, field

import msgspec


class RoleReport(msgspec.Struct, frozen=True):
    """What is told of one role."""

    healthy: bool
    lag: int | None
    """Records not yet committed; None until first measured."""
    turned_seconds_ago: float
    waiting_for: str | None
    """What a store that does not answer has said; None while all answer."""


@dataclass(slots=True)
class RoleHealth:
    """Written by one thread, read by others: every field is replaced whole."""

    turned_at: float = field(default_factory=time.monotonic)
    lag: int | None = None
    waiting_for: str | None = None
    failed: bool = False

    def turned(self) -> None:
        """Note that the loop has come round."""
        self.turned_at = time.monotonic()

    def report(self, stuck_seconds: float) -> RoleReport:
        """Return the state of now; waiting for a store is no illness, a restart would not help."""
        ago = time.monotonic() - self.turned_at
        stuck = ago > stuck_seconds and self.waiting_for is None
        return RoleReport(
            healthy=not self.failed and not stuck,
            lag=self.lag,
            turned_seconds_ago=round(ago, 3),
            waiting_for=self.waiting_for,
        )
