"""A store that a test can take away, as an outage would."""

from typing import Any

from personalization.domain.errors import StoreUnavailableError


class Interruptible:
    """Passes every call on to a real store until a test says that it is away."""

    def __init__(self, store: object) -> None:
        self._store = store
        self.away = False

    def __getattr__(self, name: str) -> Any:
        """Return what the store has under this name, or fail as a driver's call would."""
        if self.away:
            raise StoreUnavailableError("away for a test")
        return getattr(self._store, name)
