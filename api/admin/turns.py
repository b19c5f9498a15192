"""What takes long happens for few at a time, and never keeps a request waiting for minutes."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Any, Final, TypeVar

from api.errors import Kind, ProblemError
from api.http.blocking_calls import BlockingCalls

ADMIN_BUSY: Final = Kind("busy-admin", "Others are at it", 503, retry=True)
_Answer = TypeVar("_Answer")
_AT_ONCE: Final = 2
_WAIT_SECONDS: Final = 5.0
_FRESH_SECONDS: Final = 30.0
_MOST_KEPT: Final = 16


class AdminTurns:
    """Lets few calls at a time read all dead letters, or snapshots whole: each is megabytes."""

    def __init__(self, at_once: int = _AT_ONCE) -> None:
        self._free = BoundedSemaphore(at_once)

    @contextmanager
    def take(self) -> Iterator[None]:
        """Raise `ProblemError` where as many are at it already."""
        if not self._free.acquire(blocking=False):
            raise ProblemError(ADMIN_BUSY, "Calls of this kind take turns: try again.")
        try:
            yield
        finally:
            self._free.release()


class LongAnswers:
    """Makes answers that take minutes in the background, one at a time, for whoever asks again.

    Whoever asks for one that is under way waits for it with the others. It is kept for a while.
    """

    def __init__(
        self, wait_seconds: float = _WAIT_SECONDS, fresh_seconds: float = _FRESH_SECONDS
    ) -> None:
        self._wait_seconds = wait_seconds
        self._fresh_seconds = fresh_seconds
        self._blocking = BlockingCalls(1)
        self._tasks: dict[str, asyncio.Task[Any]] = {}
        self._done_at: dict[str, float] = {}

    async def get(self, name: str, make: Callable[[], _Answer]) -> _Answer | None:
        """Return the answer, None while it is being made; raises what `make` raised.

        Raises `ProblemError` while another is being made.
        """
        self._drop_old()
        task: asyncio.Task[_Answer] = self._tasks.get(name) or self._begin(name, make)
        await asyncio.wait([task], timeout=self._wait_seconds)
        return task.result() if task.done() else None

    def count(self) -> int:
        return len(self._tasks)

    def _begin(self, name: str, make: Callable[[], _Answer]) -> asyncio.Task[_Answer]:
        if any(not task.done() for task in self._tasks.values()):
            raise ProblemError(ADMIN_BUSY, "Another one is being worked out: try again.")
        task = asyncio.create_task(self._blocking.run(make), name=name)
        self._tasks[name] = task
        task.add_done_callback(lambda done: self._note(name, done))
        return task

    def _note(self, name: str, done: asyncio.Task[Any]) -> None:
        if done.cancelled() or done.exception() is not None:
            # Told to those who wait; whoever asks next begins again.
            self._tasks.pop(name, None)
        else:
            self._done_at[name] = time.monotonic()

    def _drop_old(self) -> None:
        now = time.monotonic()
        ages = {name: now - done_at for name, done_at in self._done_at.items()}
        newest = sorted(ages, key=lambda name: ages[name])
        for place, name in enumerate(newest):
            if ages[name] > self._fresh_seconds or place >= _MOST_KEPT:
                del self._tasks[name], self._done_at[name]
