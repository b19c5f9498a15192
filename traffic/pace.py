import asyncio
import time


class Pace:
    """Hands out due times at a fixed rate.

    Latency is measured from the due time, not from when the client got round to sending, so
    that a slow answer cannot hide the waiting of those behind it.
    """

    def __init__(self, per_second: float) -> None:
        self._interval = 1 / per_second
        self._next_due = time.perf_counter()

    async def due(self, count: int = 1) -> float:
        """Wait until the next `count` pieces of work are due; return that moment (seconds)."""
        due = self._next_due
        self._next_due = due + count * self._interval
        delay = due - time.perf_counter()
        if delay > 0:
            await asyncio.sleep(delay)
        return due
