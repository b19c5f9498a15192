import time


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
