"""Connections with an owner that closes them, since the driver does not.

A connection and the driver's cache of its statements refer to each other, so that one that is
dropped stays open until the garbage collector happens to run over old objects. One for each
thread therefore left two descriptors behind for every thread that ended.
"""

import sqlite3
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock, Semaphore
from typing import Any

from personalization.domain.errors import StoreUnavailableError

READERS = 4
"""Connections to read one file. Reads take tens of microseconds, and two processors gain nothing
from more; each costs two descriptors and a cache of pages."""
WAIT_SECONDS = 5.0
"""How long a read waits for one of them before the file counts as unavailable."""

Connect = Callable[[], sqlite3.Connection]


class ReadPool:
    """Lends a connection for one call; those who wait are told after a while."""

    def __init__(
        self, connect: Connect, size: int = READERS, wait_seconds: float = WAIT_SECONDS
    ) -> None:
        self._connect = connect
        self._wait_seconds = wait_seconds
        self._free = Semaphore(size)
        self._idle: deque[sqlite3.Connection] = deque()
        self._closed = False

    @contextmanager
    def borrow(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection, which is closed and not kept if the call fails."""
        if not self._free.acquire(timeout=self._wait_seconds):
            raise StoreUnavailableError("Too many reads of the file wait for their turn.")
        try:
            connection = self._take()
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            self._give_back(connection)
        finally:
            self._free.release()

    def close(self) -> None:
        """Close what is idle now; what is lent is closed when it comes back."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> sqlite3.Connection:
        if self._closed:
            raise StoreUnavailableError("The file has been closed.")
        # The one used last, whose cache is warm.
        return self._idle.pop() if self._idle else self._connect()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        self._idle.append(connection)
        if self._closed:
            self.close()


class Reader:
    """One connection of its own, for who must ask the same one each time."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        self._closed = False

    def read(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            if self._closed:
                raise StoreUnavailableError("The file has been closed.")
            if self._connection is None:
                self._connection = self._connect()
            try:
                return self._connection.execute(query, parameters).fetchall()
            except BaseException:
                self._drop()
                raise

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
