"""Tables as lines of JSON and back, streamed, each row with what is left of its life."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from personalization.adapters.cassandra.batches import Write, write_rows
from personalization.adapters.cassandra.connection import CassandraConnection, translated_errors

_OURS_ALONE: Final = frozenset({"schema_migrations"})
"""The keyspace that is restored into has its own."""
_LIFE: Final = "life_of_"
_COLLECTIONS: Final = ("list<", "set<", "map<")
_FIELDS: Final = msgspec.json.Decoder(dict[str, Any])


class CassandraTables:
    def __init__(self, connection: CassandraConnection) -> None:
        self._connection = connection

    def names(self) -> Sequence[str]:
        return sorted(set(self._tables()) - _OURS_ALONE)

    def is_empty(self) -> bool:
        first = (f"SELECT * FROM {name} LIMIT 1" for name in self.names())
        return all(self._connection.execute(statement).one() is None for statement in first)

    def read(self, table: str) -> Iterator[bytes]:
        """Yield the rows, each a line: what has no value is left out."""
        columns = self._tables()[table].columns
        primary = {column.name for column in self._tables()[table].primary_key}
        lives = [
            f"ttl({name}) AS {_LIFE}{name}"
            for name, column in columns.items()
            if name not in primary and not column.cql_type.startswith(_COLLECTIONS)
        ]
        selected = ", ".join([*columns, *lives])
        with translated_errors():
            for (text,) in self._connection.execute(f"SELECT JSON {selected} FROM {table}"):
                yield _line_of(_FIELDS.decode(text))

    def write(self, table: str, lines: Iterable[bytes]) -> None:
        statement = f"INSERT INTO {table} JSON ? DEFAULT UNSET USING TTL ?"
        decoded = (msgspec.json.decode(line, type=tuple[int, dict[str, Any]]) for line in lines)
        write_rows(
            self._connection,
            (
                Write(number, statement, (msgspec.json.encode(row).decode(), life))
                for number, (life, row) in enumerate(decoded)
            ),
        )

    def _tables(self) -> Any:  # noqa: ANN401 - of the driver
        cluster = self._connection.session().cluster
        return cluster.metadata.keyspaces[self._connection.keyspace].tables


def _line_of(fields: dict[str, Any]) -> bytes:
    """Return the seconds that are left of the row, 0 for ever, and its columns."""
    life = max((fields[name] or 0 for name in fields if name.startswith(_LIFE)), default=0)
    row = {
        name: value
        for name, value in fields.items()
        if value is not None and not name.startswith(_LIFE)
    }
    return msgspec.json.encode((life, row)) + b"\n"
