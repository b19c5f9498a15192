"""Many callers' messages in one transaction, so that they share one disk synchronisation."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from personalization.domain.errors import StoreUnavailableError
from personalization.ports.event_log import Message

MESSAGES_PER_COMMIT = 5_000
"""Bounds the transaction, and with it how long other processes wait for the file."""


@dataclass(frozen=True, slots=True)
class Publish:
    topic: str
    messages: Sequence[Message]
    done: Future[None] = field(default_factory=Future)


class GroupCommit:
    """One thread that writes whatever has queued up while it wrote the round before.

    No timer: an idle log commits a single message at once, a busy one gathers by itself.
    """

    def __init__(self, write: Callable[[Sequence[Publish]], None]) -> None:
        self._write = write
        self._queue: SimpleQueue[Publish | None] = SimpleQueue()
        self._entry = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(self, publish: Publish) -> None:
        with self._entry:
            if self._closed:
                publish.done.set_exception(StoreUnavailableError("The event log is closed."))
                return
            if self._thread is None:
                name = "event-log-writer"
                self._thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._thread.start()
            self._queue.put(publish)

    def close(self) -> None:
        with self._entry:
            self._closed = True
            self._queue.put(None)
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        open_ = True
        while open_:
            publishes, open_ = self._take()
            if publishes:
                self._write_round(publishes)

    def _take(self) -> tuple[list[Publish], bool]:
        """Wait for one publish and take all that are there; False once the end was queued."""
        taken: list[Publish] = []
        size = 0
        following = self._queue.get()
        while following is not None:
            if following.done.set_running_or_notify_cancel():
                taken.append(following)
                size += len(following.messages)
            if size >= MESSAGES_PER_COMMIT:
                return taken, True
            try:
                following = self._queue.get_nowait()
            except Empty:
                return taken, True
        return taken, False

    def _write_round(self, publishes: Sequence[Publish]) -> None:
        try:
            self._write(publishes)
        except Exception as error:  # noqa: BLE001 - not swallowed: every waiting caller gets it
            for publish in publishes:
                publish.done.set_exception(error)
            return
        for publish in publishes:
            publish.done.set_result(None)
