from collections.abc import Sequence
from pathlib import Path
from typing import Any

from personalization.adapters.sqlite.database import MINIMUM_FREE_MIB, Database
from personalization.codec.moments import from_microseconds, to_microseconds
from personalization.domain.clock import Clock, SystemClock
from personalization.domain.errors import SupersededError
from personalization.ports.plan_store import Plan

_COLUMNS = "name, version, written_at_us, author, body"
_READ = f"SELECT {_COLUMNS} FROM plans WHERE name = ? ORDER BY version DESC LIMIT 1"  # noqa: S608
_READ_VERSION = f"SELECT {_COLUMNS} FROM plans WHERE name = ? AND version = ?"  # noqa: S608
_VERSIONS = "SELECT version FROM plans WHERE name = ? ORDER BY version DESC"
_WRITE = f"INSERT INTO plans ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)"  # noqa: S608
_NAMES = "SELECT DISTINCT name FROM plans"
_REMOVE = "DELETE FROM plans WHERE name = ?"
_DISCARD = (
    "DELETE FROM plans WHERE name = ?1 AND version < "
    "min(?2, (SELECT max(version) FROM plans WHERE name = ?1))"
)


class SqlitePlanStore:
    def __init__(
        self, path: Path, minimum_free_mib: int = MINIMUM_FREE_MIB, clock: Clock | None = None
    ) -> None:
        self._database = Database(path, "plans", minimum_free_mib)
        self._clock = clock or SystemClock()

    def read(self, name: str) -> Plan | None:
        rows = self._database.read(_READ, (name,))
        return _plan(rows[0]) if rows else None

    def write(self, name: str, body: bytes, after: int, author: str | None = None) -> int:
        version = after + 1
        with self._database.transaction() as connection:
            row = connection.execute(_READ, (name,)).fetchone()
            newest = _plan(row) if row else None
            if newest is not None and (newest.version, newest.body) == (version, body):
                return version
            if after != (newest.version if newest else 0):
                raise SupersededError(
                    f"Version {newest.version if newest else 0} of {name} is the newest, "
                    f"not {after}: read it and try again."
                )
            written_at = to_microseconds(self._clock.now())
            connection.execute(_WRITE, (name, version, written_at, author, body))
        return version

    def versions(self, name: str) -> Sequence[int]:
        return [version for (version,) in self._database.read(_VERSIONS, (name,))]

    def read_version(self, name: str, version: int) -> Plan | None:
        rows = self._database.read(_READ_VERSION, (name, version))
        return _plan(rows[0]) if rows else None

    def discard(self, name: str, before: int) -> None:
        # A former version of some plans names people.
        self._database.erase(_DISCARD, [(name, before)])

    def names(self, prefix: str) -> Sequence[str]:
        return [name for (name,) in self._database.read(_NAMES) if name.startswith(prefix)]

    def remove(self, name: str) -> None:
        self._database.erase(_REMOVE, [(name,)])

    def close(self) -> None:
        self._database.close()


def _plan(row: tuple[Any, ...]) -> Plan:
    name, version, written_at_us, author, body = row
    written_at = from_microseconds(written_at_us)
    return Plan(name=name, version=version, written_at=written_at, author=author, body=body)
