"""Keeps the decisions of requests that come at once in one append, which is one synchronisation."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from api.http.blocking_calls import BlockingCalls
from personalization.domain.errors import StoreUnavailableError
from personalization.ports.decision_history import DecisionHistory, DecisionRecord

MOST_AT_ONCE: Final = 500
"""Records of one append: some megabytes."""
MOST_WAITING: Final = 5_000
"""Records that wait. More are not kept: a history that is so slow is as good as away."""


@dataclass(frozen=True, slots=True)
class _QueuedRecords:
    records: Sequence[DecisionRecord]
    done: "asyncio.Future[None]"


class GroupedDecisions:
    """Writes whatever has queued up while it wrote the round before; lives on one event loop.

    No timer: an idle history gets a single record at once, a busy one gathers by itself.
    """

    def __init__(self, decisions: DecisionHistory, blocking: BlockingCalls) -> None:
        self._decisions = decisions
        self._blocking = blocking
        self._queue: list[_QueuedRecords] = []
        self._size = 0
        self._writing: asyncio.Task[None] | None = None

    async def keep(self, records: Sequence[DecisionRecord]) -> None:
        """Return once the records are kept; raises `StoreUnavailableError` if they are not."""
        if self._size + len(records) > MOST_WAITING:
            raise StoreUnavailableError("Too many decisions are waiting to be kept.")
        loop = asyncio.get_running_loop()
        waiting = _QueuedRecords(records, loop.create_future())
        self._queue.append(waiting)
        self._size += len(records)
        if self._writing is None:
            self._writing = loop.create_task(self._write(), name="decisions")
        await waiting.done

    async def _write(self) -> None:
        try:
            while self._queue:
                await self._write_round(self._take())
        finally:
            self._writing = None

    def _take(self) -> list[_QueuedRecords]:
        taken: list[_QueuedRecords] = []
        size = 0
        while self._queue and size < MOST_AT_ONCE:
            taken.append(self._queue.pop(0))
            size += len(taken[-1].records)
        return taken

    async def _write_round(self, taken: Sequence[_QueuedRecords]) -> None:
        records = [record for waiting in taken for record in waiting.records]
        error: Exception | None = None
        try:
            await self._blocking.run(partial(self._decisions.append, records))
        except Exception as failure:  # noqa: BLE001 - not swallowed: every waiting request gets it
            error = failure
        self._size -= len(records)
        for waiting in taken:
            # Whose client has gone is no longer waited for.
            if waiting.done.done():
                continue
            if error is None:
                waiting.done.set_result(None)
            else:
                waiting.done.set_exception(error)
