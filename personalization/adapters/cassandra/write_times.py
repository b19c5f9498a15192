"""Moments of writing that are stated, so that several statements count as one write."""

import time
from threading import Lock


class WriteTimes:
    """Each later than the one before, in microseconds since 1970, as Cassandra counts."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = Lock()

    def next(self) -> int:
        with self._lock:
            self._last = max(self._last + 1, time.time_ns() // 1_000)
            return self._last
