from collections.abc import Callable
from typing import TypeVar

import anyio
from anyio import to_thread

_Answer = TypeVar("_Answer")


class BlockingCalls:
    """Runs calls on threads, a limited number at once, so that a slow store cannot pile them up."""

    def __init__(self, at_once: int) -> None:
        self._limiter = anyio.CapacityLimiter(at_once)

    async def run(self, call: Callable[[], _Answer]) -> _Answer:
        return await to_thread.run_sync(call, limiter=self._limiter)
