import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from personalization.adapters.sqlite.disk_guard import DiskGuard
from personalization.adapters.sqlite.migrations import migrate
from personalization.adapters.sqlite.read_pool import Connect, Reader, ReadPool
from personalization.adapters.sqlite.write_turn import WriteTurn
from personalization.domain.errors import StoreFullError, StoreUnavailableError

BUSY_SECONDS = 10.0
"""How long a writer waits for another process's transaction; ours last milliseconds."""
MINIMUM_FREE_MIB = 64
"""Default of the disk guard, as in the storage settings."""
ROWS_PER_TRANSACTION = 5_000
"""A synchronous commit costs 0.2 ms: at this size it is lost in the noise, and readers of
other processes never wait for a long transaction."""
READER_CACHE_KIB = 256
"""Of pages that a reading connection keeps. What another one writes empties it, and pages come from
the system's cache as fast: with 64 to 2,000 KiB a decision is read in the same 16 to 20 us."""

Row = Sequence[Any]


class Database:
    """A file with the schema of one folder under `schema/`: one writer, a few readers.

    Writes are durable when they return: the write-ahead log is fully synchronised. A connection
    that failed is closed and replaced, so that nothing stays broken.
    """

    def __init__(self, path: Path, schema: str, minimum_free_mib: int = MINIMUM_FREE_MIB) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._guard = DiskGuard(path.parent, minimum_free_mib)
        self._turn = WriteTurn(path)
        self._inode: int | None = None
        """Of the file that the connections have open, once there is one."""
        self._writer: sqlite3.Connection | None = None
        """Used by whoever has the turn."""
        self._pool = ReadPool(self._connect_reader)
        self._readers: set[DatabaseReader] = set()
        with ExitStack() as opened:
            opened.callback(self.close)
            with self._writing() as connection:
                migrate(connection, schema)
            self._inode = path.stat().st_ino
            opened.pop_all()

    @contextmanager
    def transaction(self, *, frees_space: bool = False) -> Iterator[sqlite3.Connection]:
        """Run one write transaction; `StoreFullError` comes before anything is written.

        One that `frees_space` is let through on a full disk: the reserve is there for it.
        """
        if not frees_space:
            self._guard.check()
        with self._writing() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def overwriting(self, *, frees_space: bool = False) -> Iterator[sqlite3.Connection]:
        """Run a write transaction that overwrites what it deletes; `drop_log` when all are done."""
        with self.transaction(frees_space=frees_space) as connection:
            connection.execute("PRAGMA secure_delete = ON")
            try:
                yield connection
            finally:
                connection.execute("PRAGMA secure_delete = OFF")

    def drop_log(self) -> None:
        """Drop older pages in the write-ahead log, unless somebody reads them all the time."""
        with self._writing() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def write_rows(self, statement: str, rows: Iterable[Row]) -> None:
        """Run a statement for every row, streaming, in transactions of bounded size."""
        remaining = iter(rows)
        while chunk := list(islice(remaining, ROWS_PER_TRANSACTION)):
            with self.transaction() as connection:
                connection.executemany(statement, chunk)

    def read(self, query: str, parameters: Row = ()) -> list[tuple[Any, ...]]:
        self.check_file()
        with translated_errors(self.path), self._pool.borrow() as connection:
            return connection.execute(query, parameters).fetchall()

    def read_wanted(self, query: str, ids: Sequence[str]) -> list[tuple[Any, ...]]:
        """Run a query whose one parameter is a JSON array of the ids."""
        return self.read(query, (msgspec.json.encode(ids).decode(),))

    def read_pages(
        self, query: str, start: Row, size: int, cache_kib: int | None = None
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of a query page by page, in no transaction between two pages.

        The query takes the last row's leading columns (at first: `start`) and a limit, and orders
        by these columns. With `cache_kib` a connection of its own keeps so much of the file: rows
        that lie scattered are then read in half the time.
        """
        reader = self if cache_kib is None else self.reader(cache_kib)
        last = tuple(start)
        try:
            while page := reader.read(query, (*last, size)):
                yield page
                last = page[-1][: len(last)]
        finally:
            if isinstance(reader, DatabaseReader):
                reader.close()

    def delete_pages(
        self, query: str, start: Row, size: int, delete: str, is_old: Callable[[Any], bool]
    ) -> int:
        """Delete what is old page by page, a transaction each; return the number of rows.

        The query is one of `read_pages` that has one more column, which `is_old` judges; `delete`
        takes the leading columns of a row.
        """
        removed = 0
        for page in self.read_pages(query, start, size):
            old = [row[: len(start)] for row in page if is_old(row[-1])]
            if old:
                with self.transaction(frees_space=True) as connection:
                    connection.executemany(delete, old)
            removed += len(old)
        return removed

    def erase(self, statement: str, rows: Iterable[Row]) -> int:
        """Delete rows, and overwrite what they held; return how many there were.

        Older pages of theirs in the write-ahead log are dropped as well, unless somebody reads a
        state that is in it all the time: erasing again tries again.
        """
        remaining, removed = iter(rows), 0
        while chunk := list(islice(remaining, ROWS_PER_TRANSACTION)):
            with self.overwriting(frees_space=True) as connection:
                removed += connection.executemany(statement, chunk).rowcount
        self.drop_log()
        return removed

    def check_file(self) -> None:
        """Raise `StoreUnavailableError` if our connections have another file open than is there.

        What they write to one that was removed or replaced is gone with the process.
        """
        try:
            inode = os.stat(self.path).st_ino  # noqa: PTH116 (a path of its own costs a read's time)
        except OSError:
            inode = 0
        if self._inode not in (None, inode):
            raise StoreUnavailableError(
                f"{self.path.name} was removed or replaced while in use: put it back, or restart."
            )

    def reader(self, cache_kib: int = READER_CACHE_KIB) -> "DatabaseReader":
        """Return a connection of the caller's own, which `close` of either ends."""
        connect = partial(self._connect_reader, cache_kib)
        reader = DatabaseReader(self, connect, self._readers.discard)
        self._readers.add(reader)
        return reader

    def compact(self) -> int:
        """Give free pages back to the disk; return the bytes.

        The file is written anew: writers wait, and as much again must be free on the disk.
        """
        before = self.path.stat().st_size
        with self._writing() as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return max(0, before - self.path.stat().st_size)

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()
        for reader in list(self._readers):
            reader.close()
        with suppress(StoreUnavailableError), self._turn.hold():
            self._drop_writer()
        self._turn.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        self.check_file()
        with translated_errors(self.path), self._turn.hold():
            try:
                if self._writer is None:
                    self._writer = self._connect()
                yield self._writer
            except sqlite3.Error:
                self._drop_writer()
                raise

    def _drop_writer(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._writer = None

    def _connect_reader(self, cache_kib: int = READER_CACHE_KIB) -> sqlite3.Connection:
        return self._connect(f"PRAGMA cache_size = -{cache_kib}")

    def _connect(self, *pragmas: str) -> sqlite3.Connection:
        """Return a new connection, in autocommit mode, that any thread may use in its turn."""
        connection = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            for pragma in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", *pragmas):
                connection.execute(pragma)
        except BaseException:
            connection.close()
            raise
        return connection


class DatabaseReader:
    """Reads by one connection; what SQLite says of changes is only true of that one."""

    def __init__(
        self, database: Database, connect: Connect, on_close: Callable[["DatabaseReader"], None]
    ) -> None:
        self._database = database
        self._reader = Reader(connect)
        self._on_close = on_close

    def read(self, query: str, parameters: Row = ()) -> list[tuple[Any, ...]]:
        self._database.check_file()
        with translated_errors(self._database.path):
            return self._reader.read(query, parameters)

    def close(self) -> None:
        self._reader.close()
        self._on_close(self)


@contextmanager
def translated_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
            raise StoreFullError from error
        raise StoreUnavailableError(f"{path.name}: {error}") from error
    except sqlite3.DatabaseError as error:
        # The class itself means a damaged file; the other classes below it are errors of ours.
        if type(error) is not sqlite3.DatabaseError:
            raise
        raise StoreUnavailableError(f"{path.name}: {error}") from error
