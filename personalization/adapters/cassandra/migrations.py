"""Numbered schema files, each applied once, by one process at a time."""

import time
from importlib import resources
from uuid import NAMESPACE_DNS, uuid4, uuid5

from cassandra.cluster import Session

from personalization.domain.errors import StoreUnavailableError
from personalization.settings.cassandra import CassandraSettings

DDL_SECONDS = 30.0
CLAIM_SECONDS = 60
"""A process that died while it applied a file gives it up after this long."""
LOOK_SECONDS = 0.2
# An id made of the keyspace: two processes that create the table at once create the same one,
# and two keyspaces of a cluster never do.
_TABLE = """
CREATE TABLE IF NOT EXISTS {keyspace}.schema_migrations (
    number int PRIMARY KEY, name text, applied boolean, claimed_by text
) WITH ID = {table_id}
"""


def migrate(session: Session, settings: CassandraSettings) -> None:
    """Make the keyspace where it is missing and bring it to the newest schema."""
    keyspace = settings.keyspace
    if keyspace not in session.cluster.metadata.keyspaces:
        session.execute(
            f"CREATE KEYSPACE IF NOT EXISTS {keyspace} "
            f"WITH replication = {replication(settings.replication)}",
            timeout=DDL_SECONDS,
        )
    table = _TABLE.format(keyspace=keyspace, table_id=uuid5(NAMESPACE_DNS, keyspace))
    session.execute(table, timeout=DDL_SECONDS)
    files = _schema_files()
    applied = _applied_numbers(session, keyspace)
    if applied - files.keys():
        raise StoreUnavailableError("The keyspace was written by a newer version of this program.")
    for number in sorted(files.keys() - applied):
        _apply(session, keyspace, number, files[number])


def replication(text: str) -> str:
    """Return the CQL map of `3`, or of `dc1:3,dc2:3`."""
    if text.isdecimal():
        return f"{{'class': 'SimpleStrategy', 'replication_factor': {text}}}"
    pairs = (pair.split(":") for pair in text.split(","))
    parts = ", ".join(f"'{dc}': {copies}" for dc, copies in pairs)
    return f"{{'class': 'NetworkTopologyStrategy', {parts}}}"


def _applied_numbers(session: Session, keyspace: str) -> set[int]:
    rows = session.execute(f"SELECT number, applied FROM {keyspace}.schema_migrations")
    return {number for number, applied in rows if applied}


def _apply(session: Session, keyspace: str, number: int, file: tuple[str, list[str]]) -> None:
    """Apply one file, or wait until the process that has claimed it has done so."""
    name, statements = file
    ourselves = uuid4().hex
    deadline = time.monotonic() + CLAIM_SECONDS
    while number not in _applied_numbers(session, keyspace):
        claimed = session.execute(
            f"INSERT INTO {keyspace}.schema_migrations (number, name, applied, claimed_by) "
            f"VALUES (%s, %s, false, %s) IF NOT EXISTS USING TTL {CLAIM_SECONDS}",
            (number, name, ourselves),
            timeout=DDL_SECONDS,
        )
        if claimed.was_applied:
            for statement in statements:
                session.execute(_within(statement, keyspace), timeout=DDL_SECONDS)
            # A transaction like the claim: the two kinds of writing have different clocks.
            session.execute(
                f"UPDATE {keyspace}.schema_migrations SET applied = true, name = %s, "
                "claimed_by = %s WHERE number = %s IF claimed_by = %s",
                (name, ourselves, number, ourselves),
                timeout=DDL_SECONDS,
            )
            return
        if time.monotonic() > deadline:
            raise StoreUnavailableError(f"Migration {number} is held by another process.")
        time.sleep(LOOK_SECONDS)


def _within(statement: str, keyspace: str) -> str:
    if "CREATE INDEX " in statement:
        before = " ON "
    else:
        before = "ALTER TABLE " if "ALTER TABLE " in statement else "IF NOT EXISTS "
    return statement.replace(before, f"{before}{keyspace}.", 1)


def _schema_files() -> dict[int, tuple[str, list[str]]]:
    """Return number -> (name, statements); a statement ends with a semicolon at a line's end."""
    files = {}
    for file in (resources.files(__package__) / "schema").iterdir():
        number, name = file.name.removesuffix(".cql").split("_", 1)
        if int(number) in files:
            raise ValueError(f"Two schema files have the number {number}.")
        statements = [statement for statement in file.read_text().split(";\n") if statement.strip()]
        files[int(number)] = (name, statements)
    return files
