"""A keyspace that one test has to itself, gone afterwards."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from uuid import uuid4

from personalization.adapters.cassandra.connection import CassandraConnection
from personalization.settings.cassandra import CassandraSettings


@contextmanager
def own_keyspace(contact_points: str, purpose: str) -> Iterator[CassandraConnection]:
    """Yield a connection to a new keyspace, whose name begins with its purpose."""
    settings = CassandraSettings(
        contact_points=contact_points,
        keyspace=f"{purpose}_{uuid4().hex[:12]}",
        timeout_seconds=10,
    )
    with closing(CassandraConnection(settings)) as connection:
        connection.session()
        try:
            yield connection
        finally:
            connection.session().execute(f"DROP KEYSPACE {settings.keyspace}", timeout=60)
