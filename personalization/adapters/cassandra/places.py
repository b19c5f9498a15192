"""What the keyspace has: every table that the schema names now."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from personalization.adapters.cassandra.connection import CassandraConnection, translated_errors

_TABLES = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = %s"


def cassandra_places(
    connection: CassandraConnection,
) -> Iterator[tuple[str, "partial[Iterator[bytes]]"]]:
    """Yield a name such as `cassandra/events_by_day`, and what reads all its rows."""
    with translated_errors():
        # Of a keyspace that is not ours: it is not prepared as our statements are.
        rows = connection.session().execute(_TABLES, (connection.settings.keyspace,))
        tables = sorted(name for (name,) in rows)
    for table in tables:
        yield f"cassandra/{table}", partial(_read, connection, table)


def _read(connection: CassandraConnection, table: str) -> Iterator[bytes]:
    rows = connection.execute(f"SELECT * FROM {table}", ())
    with translated_errors():
        for row in rows:
            for value in row:
                yield from _bytes(value)


def _bytes(value: Any) -> Iterator[bytes]:  # noqa: ANN401 - of any type that a column has
    if isinstance(value, bytes):
        yield value
    elif value is not None:
        yield str(value).encode()
