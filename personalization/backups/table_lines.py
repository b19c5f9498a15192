"""The tables of a keyspace as members of a backup, and back."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final, Protocol

from personalization.backups.archive import BackupMember
from personalization.domain.errors import DamagedBackupError

CASSANDRA: Final = "cassandra"
MEMBER_BYTES: Final = 8 << 20
"""Lines of a table that are kept in memory and written together."""


class TableCopies(Protocol):
    def names(self) -> Sequence[str]: ...

    def read(self, table: str) -> Iterator[bytes]:
        """Yield lines."""

    def write(self, table: str, lines: Iterable[bytes]) -> None: ...


@dataclass(frozen=True, slots=True)
class LinesMember:
    store: str
    path: str
    lines: bytes
    rows: int

    @property
    def size(self) -> int:
        return len(self.lines)

    def open(self) -> BinaryIO:
        return io.BytesIO(self.lines)


@dataclass(frozen=True, slots=True)
class Tables:
    """Of no single moment: rows that are written meanwhile may be in it."""

    tables: TableCopies
    stack: str = CASSANDRA

    def total_bytes(self) -> int:
        return 0

    def needed_bytes(self) -> int:
        return 0

    def members(self) -> Iterator[BackupMember]:
        for table in self.tables.names():
            for number, lines in enumerate(_chunks(self.tables.read(table))):
                path = f"{table}/{number:06}.jsonl"
                yield LinesMember(table, path, b"".join(lines), len(lines))

    def put(self, path: str, pieces: Iterator[bytes]) -> None:
        table, _, name = path.partition("/")
        if table not in self.tables.names() or not name.endswith(".jsonl"):
            raise DamagedBackupError(f"The backup has a table {table!r}, which this release lacks.")
        self.tables.write(table, b"".join(pieces).splitlines())


def _chunks(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    chunk: list[bytes] = []
    size = 0
    for line in lines:
        chunk.append(line)
        size += len(line)
        if size >= MEMBER_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
