"""One fixture per port, parametrised over the adapters that must behave alike."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from personalization.adapters.cassandra.connection import CassandraConnection
from personalization.adapters.redis.key_usage import RedisKeyUsage
from personalization.adapters.redis.profile_store import RedisProfileStore
from personalization.adapters.redis.server import EmbeddedRedis
from personalization.adapters.redis.session_store import RedisSessionStore
from personalization.ports.audit_log import AuditLog
from personalization.ports.catalogue import Catalogue
from personalization.ports.claim_store import ClaimStore
from personalization.ports.decision_history import DecisionHistory
from personalization.ports.event_history import EventHistory
from personalization.ports.event_log import EventConsumer, EventLog, Record
from personalization.ports.key_usage import KeyUsage
from personalization.ports.learned_rounds import LearnedRounds
from personalization.ports.model_store import ModelStore
from personalization.ports.notifier import Notifier
from personalization.ports.people.people_store import PeopleStore
from personalization.ports.people.session_keys import SessionKeyStore
from personalization.ports.plan_store import PlanStore
from personalization.ports.prior_store import PriorStore
from personalization.ports.profile_store import ProfileStore
from personalization.ports.session_store import SessionStore
from personalization.ports.waiting_events import WaitingEventStore
from personalization.settings.cassandra import CassandraSettings
from personalization.settings.kafka import KafkaSettings
from personalization.settings.redis import RedisSettings
from tests.builders.settable_clock import SettableClock
from tests.contracts.places import (
    CassandraPlace,
    Drain,
    KafkaPlace,
    KeptPlace,
    LogPlace,
    RestartableRedis,
    SealedPlace,
    SqlitePlace,
)
from tests.redis_cluster import RedisCluster, running


def sqlite_place(request: pytest.FixtureRequest) -> SqlitePlace:
    """Return an empty folder for SQLite."""
    folder: Path = request.getfixturevalue("tmp_path")
    return SqlitePlace(folder)


def kafka_place(request: pytest.FixtureRequest) -> KafkaPlace:
    """Return topics of the test's own in a real Kafka."""
    servers: str = request.getfixturevalue("kafka_servers")
    return KafkaPlace(KafkaSettings(servers=servers, topic_prefix=f"{uuid4().hex}."))


def sealed_place(request: pytest.FixtureRequest) -> SealedPlace:
    """Return topics whose records are sealed by keys of the test's own."""
    folder: Path = request.getfixturevalue("tmp_path")
    return SealedPlace(kafka_place(request), folder)


@pytest.fixture(params=[sqlite_place, kafka_place, sealed_place], ids=["sqlite", "kafka", "sealed"])
def log_place(request: pytest.FixtureRequest) -> LogPlace:
    place: LogPlace = request.param(request)
    return place


@pytest.fixture
def log(log_place: LogPlace) -> Iterator[EventLog]:
    with closing(log_place.open_event_log()) as opened:
        yield opened


@pytest.fixture
def drain(log_place: LogPlace) -> Iterator[Drain]:
    """Return what reads a consumer to the end; its consumers are closed with the test."""
    with ExitStack() as opened:

        def read(consumer: EventConsumer, chunk: int = 500) -> list[Record]:
            opened.callback(consumer.close)
            records: list[Record] = []
            while found := consumer.poll(chunk, log_place.quiet_seconds):
                records.extend(found)
            return records

        yield read


def cassandra_place(request: pytest.FixtureRequest) -> CassandraPlace:
    """Return an emptied keyspace in a real Cassandra."""
    return CassandraPlace(request.getfixturevalue("emptied_cassandra"))


@pytest.fixture(scope="session")
def cassandra_connection(cassandra_contact_points: str) -> Iterator[CassandraConnection]:
    """Return a connection to a keyspace of this run's own."""
    settings = CassandraSettings(
        contact_points=cassandra_contact_points,
        keyspace=f"contracts_{uuid4().hex[:12]}",
        timeout_seconds=10,
    )
    with closing(CassandraConnection(settings)) as connection:
        yield connection
        connection.session().execute(f"DROP KEYSPACE {settings.keyspace}", timeout=60)


@pytest.fixture
def emptied_cassandra(cassandra_connection: CassandraConnection) -> CassandraConnection:
    """Return the connection over tables without rows."""
    session = cassandra_connection.session()
    keyspace = session.cluster.metadata.keyspaces[cassandra_connection.keyspace]
    for table in keyspace.tables:
        filled = session.execute(f"SELECT * FROM {keyspace.name}.{table} LIMIT 1").one()  # noqa: S608 - our tables
        if filled is not None and table != "schema_migrations":
            session.execute(f"TRUNCATE {keyspace.name}.{table}", timeout=60)
    return cassandra_connection


@pytest.fixture(params=[sqlite_place, cassandra_place], ids=["embedded", "cassandra"])
def kept_place(request: pytest.FixtureRequest) -> KeptPlace:
    place: KeptPlace = request.param(request)
    return place


@pytest.fixture
def event_history(kept_place: KeptPlace) -> Iterator[EventHistory]:
    with kept_place.event_history() as opened:
        yield opened


@pytest.fixture
def decision_history(kept_place: KeptPlace) -> Iterator[DecisionHistory]:
    with kept_place.decision_history() as opened:
        yield opened


@pytest.fixture
def claim_store(kept_place: KeptPlace) -> Iterator[ClaimStore]:
    with kept_place.claim_store() as opened:
        yield opened


@pytest.fixture
def learned_rounds(kept_place: KeptPlace) -> Iterator[LearnedRounds]:
    with kept_place.learned_rounds() as opened:
        yield opened


@pytest.fixture
def prior_store(kept_place: KeptPlace) -> Iterator[PriorStore]:
    with kept_place.prior_store() as opened:
        yield opened


@pytest.fixture
def catalogue(kept_place: KeptPlace) -> Iterator[Catalogue]:
    with kept_place.catalogue() as opened:
        yield opened


@pytest.fixture
def plan_store(kept_place: KeptPlace) -> Iterator[PlanStore]:
    """Return an empty plan store, whose clock stands at noon."""
    with kept_place.plan_store(SettableClock()) as opened:
        yield opened


@pytest.fixture
def audit_log(kept_place: KeptPlace) -> Iterator[AuditLog]:
    with kept_place.audit_log() as opened:
        yield opened


@pytest.fixture
def waiting_events(kept_place: KeptPlace) -> Iterator[WaitingEventStore]:
    with kept_place.waiting_events() as opened:
        yield opened


@pytest.fixture
def people_store(kept_place: KeptPlace) -> Iterator[PeopleStore]:
    with kept_place.people_store() as opened:
        yield opened


@pytest.fixture
def session_keys(kept_place: KeptPlace) -> Iterator[SessionKeyStore]:
    with kept_place.session_keys() as opened:
        yield opened


@pytest.fixture
def model_place(kept_place: KeptPlace) -> KeptPlace:
    return kept_place


@pytest.fixture
def model_store(model_place: KeptPlace) -> ModelStore:
    """Return a model store without a snapshot."""
    return model_place.open_model_store(kept=5)


@pytest.fixture(scope="session")
def redis_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisCluster]:
    """Run one cluster for all tests."""
    with running(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
def emptied_cluster(redis_cluster: RedisCluster) -> RedisCluster:
    """Return the cluster without keys, at work."""
    redis_cluster.agree()
    redis_cluster.empty()
    return redis_cluster


def one_redis(request: pytest.FixtureRequest) -> tuple[str, RedisSettings]:
    return request.getfixturevalue("redis_url"), RedisSettings()


def whole_cluster(request: pytest.FixtureRequest) -> tuple[str, RedisSettings]:
    cluster: RedisCluster = request.getfixturevalue("emptied_cluster")
    return cluster.url, RedisSettings(cluster=True)


@pytest.fixture(params=[one_redis, whole_cluster], ids=["redis", "redis-cluster"])
def redis_place(request: pytest.FixtureRequest) -> tuple[str, RedisSettings]:
    """Return the address of a Redis without keys, and how it is spoken to."""
    place: tuple[str, RedisSettings] = request.param(request)
    return place


@pytest.fixture
def profile_store(redis_place: tuple[str, RedisSettings]) -> Iterator[ProfileStore]:
    with closing(RedisProfileStore(*redis_place)) as opened:
        yield opened


@pytest.fixture
def session_store(redis_place: tuple[str, RedisSettings]) -> Iterator[SessionStore]:
    with closing(RedisSessionStore(*redis_place)) as opened:
        yield opened


@pytest.fixture
def key_usage(redis_place: tuple[str, RedisSettings]) -> Iterator[KeyUsage]:
    with closing(RedisKeyUsage(*redis_place)) as opened:
        yield opened


@contextmanager
def own_redis(request: pytest.FixtureRequest) -> Iterator[RestartableRedis]:
    """Run a server that only this test uses, and may therefore stop."""
    folder: Path = request.getfixturevalue("tmp_path")
    with EmbeddedRedis(folder) as server:
        yield RestartableRedis(server)


@contextmanager
def own_cluster(request: pytest.FixtureRequest) -> Iterator[RestartableRedis]:
    """Return the one cluster, which a test may stop since they come one after the other."""
    cluster: RedisCluster = request.getfixturevalue("redis_cluster")
    yield RestartableRedis(cluster, cluster=True)
    if not cluster.running:
        cluster.start()


@pytest.fixture(params=[own_redis, own_cluster], ids=["redis", "redis-cluster"])
def messenger(request: pytest.FixtureRequest) -> Iterator[RestartableRedis]:
    with request.param(request) as place:
        yield place


@pytest.fixture
def notifier(messenger: RestartableRedis) -> Iterator[Notifier]:
    with closing(messenger.place.open_notifier()) as opened:
        yield opened
