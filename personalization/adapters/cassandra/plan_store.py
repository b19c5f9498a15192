"""Numbers have no gaps: a transaction needs no pointer, only that the next row does not exist."""

from collections.abc import Sequence

from personalization.adapters.cassandra.connection import (
    CassandraConnection,
    Row,
    translated_errors,
)
from personalization.codec.moments import from_microseconds, to_microseconds
from personalization.domain.clock import Clock, SystemClock
from personalization.domain.errors import SupersededError
from personalization.ports.plan_store import Plan

_COLUMNS = "name, version, written_at_us, author, body"
_READ = f"SELECT {_COLUMNS} FROM plans WHERE name = ? LIMIT 1"
_READ_VERSION = f"SELECT {_COLUMNS} FROM plans WHERE name = ? AND version = ?"
_VERSIONS = "SELECT version FROM plans WHERE name = ?"
_WRITE = f"INSERT INTO plans ({_COLUMNS}) VALUES (?, ?, ?, ?, ?) IF NOT EXISTS"
_NAMES = "SELECT DISTINCT name FROM plans"
_REMOVE = "DELETE FROM plans WHERE name = ?"
_DISCARD = "DELETE FROM plans WHERE name = ? AND version < ?"


class CassandraPlanStore:
    def __init__(self, connection: CassandraConnection, clock: Clock | None = None) -> None:
        self._connection = connection
        self._clock = clock or SystemClock()

    def read(self, name: str) -> Plan | None:
        # The first row: versions are kept newest first.
        row = self._connection.execute(_READ, (name,)).one()
        return _plan(row) if row else None

    def write(self, name: str, body: bytes, after: int, author: str | None = None) -> int:
        version = after + 1
        newest = self.read(name)
        if newest is not None and (newest.version, newest.body) == (version, body):
            return version
        if after != (newest.version if newest else 0):
            raise _superseded_error(name, newest, after)
        values = (name, version, to_microseconds(self._clock.now()), author, body)
        if self._connection.execute(_WRITE, values).was_applied:
            return version
        # A transaction whose answer was lost may have been made: then this is our own row.
        newest = self.read(name)
        if newest is not None and (newest.version, newest.body) == (version, body):
            return version
        raise _superseded_error(name, newest, after)

    def versions(self, name: str) -> Sequence[int]:
        rows = self._connection.execute(_VERSIONS, (name,))
        with translated_errors():
            return [version for (version,) in rows]

    def read_version(self, name: str, version: int) -> Plan | None:
        row = self._connection.execute(_READ_VERSION, (name, version)).one()
        return _plan(row) if row else None

    def discard(self, name: str, before: int) -> None:
        newest = next(iter(self.versions(name)), 0)
        self._connection.execute(_DISCARD, (name, min(before, newest)))

    def names(self, prefix: str) -> Sequence[str]:
        rows = self._connection.execute(_NAMES, ())
        with translated_errors():
            return [name for (name,) in rows if name.startswith(prefix)]

    def remove(self, name: str) -> None:
        self._connection.execute(_REMOVE, (name,))


def _superseded_error(name: str, newest: Plan | None, after: int) -> SupersededError:
    found = newest.version if newest else 0
    return SupersededError(
        f"Version {found} of {name} is the newest, not {after}: read it and try again."
    )


def _plan(row: Row) -> Plan:
    name, version, written_at_us, author, body = row
    written_at = from_microseconds(written_at_us)
    return Plan(name=name, version=version, written_at=written_at, author=author, body=bytes(body))
