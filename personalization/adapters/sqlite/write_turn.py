"""Lets the writers of one file go one after the other, in this process and in others."""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from weakref import finalize

from personalization.domain.errors import StoreUnavailableError

TURN_SECONDS = 10.0
"""How long a writer waits for another, as SQLite does; transactions last milliseconds."""


class WriteTurn:
    """A lock file beside the database: whoever waits for it is woken when it is free.

    SQLite's own waiting sleeps for up to 100 ms and then finds the file taken again: with three
    stores on one file a writer waited seconds at 100 events a second. The kernel frees the
    lock of a process that is killed, but not of one that is stopped.
    """

    def __init__(self, path: Path, seconds: float = TURN_SECONDS) -> None:
        self._path = path
        self._seconds = seconds
        self._threads = threading.Lock()
        file = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        self._file = file
        self._closing = finalize(self, os.close, file)
        self._waiting: _Wait | None = None
        """What waits for another process: the kernel's own waiting has no end."""

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the turn; raises `StoreUnavailableError` after `close` or too long a wait."""
        if not self._threads.acquire(timeout=self._seconds):
            raise self._too_long()
        try:
            if not self._closing.alive:
                raise StoreUnavailableError("The file has been closed.")
            self._lock()
            try:
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)
        finally:
            self._threads.release()

    def close(self) -> None:
        with self._threads:
            self._closing()

    def _lock(self) -> None:
        while (wait := self._waiting or self._wait_unless_free()) is not None:
            try:
                held = wait.take()
            except TimeoutError as error:
                raise self._too_long() from error
            self._waiting = None
            if held:
                return

    def _wait_unless_free(self) -> "_Wait | None":
        """Lock the file if it is free, and return nothing."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._waiting = _Wait(self._file, self._seconds)
        return self._waiting

    def _too_long(self) -> StoreUnavailableError:
        return StoreUnavailableError(
            f"{self._path.name}: other writers have held the file for {self._seconds:g} s. It is "
            "written again once they go on: is a process of this home folder stopped?"
        )


class _Wait:
    """Waits for the lock on a thread of its own, and frees it if nobody wants it any more."""

    def __init__(self, file: int, seconds: float) -> None:
        # Of the same opening, and so of the same lock; open also after the turn was closed.
        self._file = os.dup(file)
        self._ends_at = time.monotonic() + seconds
        self._guard = threading.Lock()
        self._wanted = self._held = False
        self._thread = threading.Thread(target=self._wait, name="write-turn", daemon=True)
        self._thread.start()

    def take(self) -> bool:
        """Return whether the lock is held, or was freed meanwhile; raises `TimeoutError`.

        Whoever comes when the time is used up does not wait behind the first for as long again.
        """
        with self._guard:
            self._wanted = True
        self._thread.join(max(0.0, self._ends_at - time.monotonic()))
        with self._guard:
            self._wanted = False
            if not self._held and self._thread.is_alive():
                raise TimeoutError
        return self._held

    def _wait(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        with self._guard:
            self._held = self._wanted
            if not self._held:
                fcntl.flock(self._file, fcntl.LOCK_UN)
        os.close(self._file)
