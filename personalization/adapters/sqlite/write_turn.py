"""Lets the writers of one file go one after the other, in this process and in others."""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from weakref import finalize

from personalization.domain.errors import StoreUnavailableError

TURN_SECONDS = 30.0
"""How long a thread waits for those of its process: beyond the longest wait for another process."""


class WriteTurn:
    """A lock file beside the database: whoever waits for it is woken when it is free.

    SQLite's own waiting sleeps for up to 100 ms and then finds the file taken again: with three
    stores on one file a writer waited seconds at 100 events a second. The kernel frees the
    lock of a process that is killed.
    """

    def __init__(self, path: Path) -> None:
        self._threads = threading.Lock()
        file = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        self._file = file
        self._closing = finalize(self, os.close, file)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the turn; raises `StoreUnavailableError` after `close` or too long a wait."""
        if not self._threads.acquire(timeout=TURN_SECONDS):
            raise StoreUnavailableError("Other writers have held the file for too long.")
        try:
            if not self._closing.alive:
                raise StoreUnavailableError("The file has been closed.")
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)
        finally:
            self._threads.release()

    def close(self) -> None:
        with self._threads:
            self._closing()
