"""Wakes the readers of this process the moment something was appended."""

import threading


class AppendSignal:
    """A counter of appends that can be waited on."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    @property
    def count(self) -> int:
        """How often something was appended so far."""
        return self._count

    def raise_(self) -> None:
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def wait_beyond(self, count: int, timeout_seconds: float) -> bool:
        """Wait until there were more appends than `count`; say whether there were."""
        with self._changed:
            return self._changed.wait_for(lambda: self._count > count, timeout_seconds)
