"""Keeps the decisions of requests that come at once in one append, which is one synchronisation."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Final

from personalization.domain.errors import StoreUnavailableError
from personalization.ports.decision_history import DecisionHistory, DecisionRecord

MOST_AT_ONCE: Final = 500
"""Records of one append: some megabytes."""
MOST_WAITING: Final = 5_000
"""Records that wait. More are not kept: a history that is so slow is as good as away."""


@dataclass(slots=True)
class _QueuedRecords:
    records: Sequence[DecisionRecord]
    called: Event = field(default_factory=Event)
    """Set once the records are kept, have failed, or are to be written by their own thread."""
    is_over: bool = False
    error: Exception | None = None


class GroupedDecisions:
    """The first thread of those that come at once writes for all; threads share it.

    No timer and no thread of its own: an idle history gets a single record at once, from the thread
    that has made it. While one thread writes, others queue up; the first of them writes next.
    """

    def __init__(self, decisions: DecisionHistory) -> None:
        self._decisions = decisions
        self._lock = Lock()
        self._queue: deque[_QueuedRecords] = deque()
        self._size = 0
        self._is_writing = False

    @property
    def waiting(self) -> int:
        """Records that wait or are being written."""
        return self._size

    def keep(self, records: Sequence[DecisionRecord]) -> None:
        """Return once the records are kept; raises `StoreUnavailableError` if they are not."""
        queued = _QueuedRecords(records)
        with self._lock:
            if self._size + len(records) > MOST_WAITING:
                raise StoreUnavailableError("Too many decisions are waiting to be kept.")
            self._queue.append(queued)
            self._size += len(records)
            has_turn, self._is_writing = not self._is_writing, True
        if not has_turn:
            queued.called.wait()
        if not queued.is_over:
            self._write_round()
        if queued.error is not None:
            raise queued.error

    def _write_round(self) -> None:
        """Write what has queued up; whoever calls is the first of it."""
        taken = self._take()
        records = [record for queued in taken for record in queued.records]
        error: Exception | None = None
        try:
            self._decisions.append(records)
        except Exception as failure:  # noqa: BLE001 - not swallowed: every waiting request gets it
            error = failure
        with self._lock:
            self._size -= len(records)
            following = self._queue[0] if self._queue else None
            self._is_writing = following is not None
        # Before the others of this round: the history is idle until it is woken.
        if following is not None:
            following.called.set()
        for queued in taken:
            queued.is_over, queued.error = True, error
            queued.called.set()

    def _take(self) -> list[_QueuedRecords]:
        taken: list[_QueuedRecords] = []
        size = 0
        with self._lock:
            while self._queue and size < MOST_AT_ONCE:
                taken.append(self._queue.popleft())
                size += len(taken[-1].records)
        return taken
