"""What the home folder has, as it is found there: each file, and each table of each database."""

import os
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

PIECE_BYTES: Final = 1 << 20
_TABLES: Final = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
_DATABASE: Final = ".sqlite"


def home_places(home: Path) -> Iterator[tuple[str, "partial[Iterator[bytes]]", bool]]:
    """Yield name, reader, and whether the pieces follow each other.

    A file is `files/<its path>`, a table `<its file without the ending>/<table>`.
    """
    for folder, _, names in os.walk(home):
        for name in sorted(names):
            path = Path(folder) / name
            if not path.is_file():
                continue  # A socket, or gone by now.
            yield f"files/{path.relative_to(home)}", partial(_read_file, path), True
            if path.suffix == _DATABASE:
                for table in _tables(path):
                    yield f"{path.stem}/{table}", partial(_read_table, path, table), False


def _tables(path: Path) -> list[str]:
    with suppress(sqlite3.DatabaseError), closing(_open(path)) as connection:
        return [name for (name,) in connection.execute(_TABLES)]
    return []


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)


def _read_table(path: Path, table: str) -> Iterator[bytes]:
    with closing(_open(path)) as connection:
        for row in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - names it has
            yield from _values(row)


def _values(row: tuple[Any, ...]) -> Iterator[bytes]:
    for value in row:
        if isinstance(value, bytes):
            yield value
            with suppress(zlib.error):
                yield zlib.decompress(value)
        elif isinstance(value, str):
            yield value.encode()


def _read_file(path: Path) -> Iterator[bytes]:
    with suppress(FileNotFoundError), path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece
    if path.suffix == ".parquet":
        yield from _read_columns(path)


def _read_columns(path: Path) -> Iterator[bytes]:
    import pyarrow.parquet as pq

    with suppress(OSError), pq.ParquetFile(path) as file:
        for batch in file.iter_batches(4_096):
            yield str(batch.to_pydict()).encode()
