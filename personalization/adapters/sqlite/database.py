import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any
from weakref import WeakSet

import msgspec

from personalization.adapters.sqlite.disk_guard import DiskGuard
from personalization.adapters.sqlite.migrations import migrate
from personalization.adapters.sqlite.write_turn import WriteTurn
from personalization.domain.errors import StoreFullError, StoreUnavailableError

BUSY_SECONDS = 10.0
"""How long a writer waits for another process's transaction; ours last milliseconds."""
MINIMUM_FREE_MIB = 64
"""Default of the disk guard, as in the storage settings."""
ROWS_PER_TRANSACTION = 5_000
"""A synchronous commit costs 0.2 ms: at this size it is lost in the noise, and readers of
other processes never wait for a long transaction."""

Row = Sequence[Any]


class _Connection(sqlite3.Connection):
    """A connection that can be weakly referenced, so that a thread's end closes its own."""


class Database:
    """A file with the schema of one folder under `schema/`, one connection per thread.

    Writes are durable when they return: the write-ahead log is fully synchronised.
    """

    def __init__(self, path: Path, schema: str, minimum_free_mib: int = MINIMUM_FREE_MIB) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._guard = DiskGuard(path.parent, minimum_free_mib)
        self._local = threading.local()
        self._turn = WriteTurn(path)
        self._opened: WeakSet[_Connection] = WeakSet()
        with self._translated_errors(), self._turn.hold():
            migrate(self.connection(), schema)

    def connection(self) -> sqlite3.Connection:
        """Return the calling thread's connection, in autocommit mode."""
        connection: _Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(
                self.path,
                timeout=BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,  # `close` may come from another thread
                factory=_Connection,
            )
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            self._local.connection = connection
            self._opened.add(connection)
        return connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run one write transaction; `StoreFullError` comes before anything is written."""
        self._guard.check()
        with self._translated_errors(), self._turn.hold():
            connection = self.connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def write_rows(self, statement: str, rows: Iterable[Row]) -> None:
        """Run a statement for every row, streaming, in transactions of bounded size."""
        remaining = iter(rows)
        while chunk := list(islice(remaining, ROWS_PER_TRANSACTION)):
            with self.transaction() as connection:
                connection.executemany(statement, chunk)

    def read(self, query: str, parameters: Row = ()) -> list[tuple[Any, ...]]:
        with self._translated_errors():
            return self.connection().execute(query, parameters).fetchall()

    def read_wanted(self, query: str, ids: Sequence[str]) -> list[tuple[Any, ...]]:
        """Run a query whose one parameter is a JSON array of the ids."""
        return self.read(query, (msgspec.json.encode(ids).decode(),))

    def read_pages(self, query: str, start: Row, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of a query page by page, holding nothing open between two pages.

        The query takes the last row's leading columns (at first: `start`) and a limit, and orders
        by these columns.
        """
        last = tuple(start)
        while page := self.read(query, (*last, size)):
            yield page
            last = page[-1][: len(last)]

    def close(self) -> None:
        """Close the connections of all threads."""
        for connection in list(self._opened):
            connection.close()
        self._local = threading.local()
        self._turn.close()

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
                raise StoreFullError from error
            raise StoreUnavailableError(f"{self.path.name}: {error}") from error
