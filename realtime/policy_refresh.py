"""Looking for a newer model every so often."""

import time
from typing import Protocol


class Refreshable(Protocol):
    """Something that can load a newer snapshot."""

    def refresh(self) -> bool:
        """Load it if there is one; return whether there was."""
        ...


class PolicyRefresh:
    """Asks a policy to refresh at most once per period."""

    def __init__(self, policy: Refreshable, every_seconds: float) -> None:
        self._policy = policy
        self._every_seconds = every_seconds
        self._asked_at = time.monotonic()

    def when_due(self) -> None:
        """Refresh if the period has passed."""
        now = time.monotonic()
        if now - self._asked_at >= self._every_seconds:
            self._asked_at = now
            self._policy.refresh()
