"""Both stacks for tests that must come out the same on either."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from personalization.adapters.cassandra.connection import CassandraConnection
from personalization.settings.cassandra import CassandraSettings
from personalization.settings.kafka import KafkaSettings
from personalization.settings.redis import RedisSettings
from personalization.settings.storage import StorageSettings
from personalization.vault.privacy_file import PRIVACY_FILE, encode_ring
from personalization.vault.privacy_ring import KEY_BYTES, PrivacyKey, PrivacyRing
from personalization.wiring import CoreSettings


@pytest.fixture(scope="module")
def keyspace(cassandra_contact_points: str) -> Iterator[CassandraSettings]:
    """Return a keyspace of the module's own."""
    settings = CassandraSettings(
        contact_points=cassandra_contact_points,
        keyspace=f"module_{uuid4().hex[:12]}",
        timeout_seconds=10,
    )
    yield settings
    with closing(CassandraConnection(settings)) as connection:
        connection.session().execute(f"DROP KEYSPACE {settings.keyspace}", timeout=60)


def files(request: pytest.FixtureRequest) -> CoreSettings:
    """Return settings of the embedded stack."""
    home: Path = request.getfixturevalue("tmp_path")
    url: str = request.getfixturevalue("redis_url")
    return CoreSettings(storage=StorageSettings(home=home), redis=RedisSettings(url=url))


def services(request: pytest.FixtureRequest) -> CoreSettings:
    """Return settings of Kafka and Cassandra, with a Redis that may be flushed."""
    embedded = files(request)
    # The tests of a module are processes of one installation: they have the same keys.
    keys = embedded.storage.home / PRIVACY_FILE
    keys.write_bytes(encode_ring(PrivacyRing((PrivacyKey(b"k" * KEY_BYTES),))))
    keys.chmod(0o600)
    servers: str = request.getfixturevalue("kafka_servers")
    return CoreSettings(
        storage=embedded.storage,
        redis=embedded.redis,
        kafka=KafkaSettings(servers=servers, topic_prefix=f"{uuid4().hex}."),
        cassandra=request.getfixturevalue("keyspace"),
    )


@pytest.fixture(params=[files, services], ids=["embedded", "stack"])
def either_stack(request: pytest.FixtureRequest) -> CoreSettings:
    """Return settings of a temporary home, over files or over Kafka and Cassandra."""
    settings: CoreSettings = request.param(request)
    return settings
