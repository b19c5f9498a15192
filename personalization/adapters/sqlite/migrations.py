"""Numbered schema files, each applied once and recorded in the table `migrations`."""

import sqlite3
from datetime import UTC, datetime
from importlib import resources

from personalization.domain.errors import StoreUnavailableError

_RECORD = """
CREATE TABLE IF NOT EXISTS migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at TEXT NOT NULL
)
"""


def migrate(connection: sqlite3.Connection, schema: str) -> None:
    """Bring the file to the newest schema, in one transaction; the caller holds the turn."""
    connection.execute(_RECORD)
    applied = {number for (number,) in connection.execute("SELECT number FROM migrations")}
    wanted = _schema_files(schema)
    if applied - wanted.keys():
        raise StoreUnavailableError("The file was written by a newer version of this program.")
    connection.execute("BEGIN IMMEDIATE")
    try:
        for number in sorted(wanted.keys() - applied):
            name, statements = wanted[number]
            for statement in statements:
                connection.execute(statement)
            row = (number, name, datetime.now(UTC).isoformat())
            connection.execute("INSERT INTO migrations VALUES (?, ?, ?)", row)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _schema_files(schema: str) -> dict[int, tuple[str, list[str]]]:
    """Return number -> (name, statements); a statement ends with a semicolon at a line's end."""
    folder = resources.files(__package__) / "schema" / schema
    files = {}
    for file in folder.iterdir():
        number, name = file.name.removesuffix(".sql").split("_", 1)
        statements = [statement for statement in file.read_text().split(";\n") if statement.strip()]
        files[int(number)] = (name, statements)
    return files
