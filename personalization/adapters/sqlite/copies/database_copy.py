"""Embedded files written once more, while others write to them."""

import sqlite3
from contextlib import closing
from pathlib import Path

from personalization.adapters.sqlite.database import BUSY_SECONDS, Database, translated_errors

_TABLES = """
SELECT name FROM pragma_table_list
WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
"""


def copy_database(source: Path, target: Path) -> int:
    """Copy the file as of one moment, with what its log has; return the rows of its tables.

    In one step: of several, each that another process writes between begins the copy anew. Writers
    go on meanwhile.
    """
    with (
        translated_errors(source),
        closing(sqlite3.connect(source, timeout=BUSY_SECONDS)) as kept,
        closing(sqlite3.connect(target)) as copy,
    ):
        kept.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode = DELETE")
        names = [name for (name,) in copy.execute(_TABLES)]
        counts = (copy.execute(f'SELECT count(*) FROM "{name}"') for name in names)  # noqa: S608
        return sum(count for found in counts for (count,) in found)


def rewrite_file(path: Path) -> None:
    """Write an embedded file anew, without what its free space still has; writers wait."""
    # Each is named as its schema.
    with closing(Database(path, path.stem)) as database:
        database.compact()
