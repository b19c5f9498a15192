"""Jobs read the partitions they name and write lists that the store reads back."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import SecretStr
from pyspark.sql import SparkSession

from personalization.adapters.cassandra.connection import CassandraConnection
from personalization.adapters.cassandra.event_history import CassandraEventHistory
from personalization.adapters.cassandra.prior_store import CassandraPriorStore
from personalization.domain.errors import GenerationRejectedError
from personalization.domain.identifiers import GenerationId
from personalization.domain.prior import PriorTable, RankedMember
from personalization.priors import warehouse as names
from personalization.settings.cassandra import CassandraSettings
from spark_jobs import schemas
from spark_jobs.keyspace import Keyspace, password_option
from spark_jobs.transforms.stored_lists import as_lists
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.own_keyspace import own_keyspace
from tests.spark_session import see_keyspace

GENERATION = GenerationId("generation-1")
TRENDING, BUNDLES = PriorTable.TRENDING, PriorTable.BUNDLES


@pytest.fixture(scope="module")
def connection(cassandra_contact_points: str) -> Iterator[CassandraConnection]:
    """Return a keyspace with an event on each of three days."""
    with own_keyspace(cassandra_contact_points, "spark") as opened:
        CassandraEventHistory(opened).append(
            [
                an_event(event_id=f"e{number}", occurred_at=NOON + timedelta(days=number))
                for number in range(3)
            ]
        )
        yield opened


@pytest.fixture
def keyspace(cassandra_spark: SparkSession, connection: CassandraConnection) -> Keyspace:
    """Return the same keyspace as jobs see it."""
    see_keyspace(cassandra_spark, connection)
    return Keyspace(cassandra_spark, connection.keyspace)


def test_only_the_partitions_that_are_named_are_read(
    keyspace: Keyspace, capsys: pytest.CaptureFixture[str]
) -> None:
    days = keyspace.read("event_days", schemas.EVENT_DAYS)
    wanted = days.where(days.day > NOON.date())
    events = keyspace.read_partitions("events_by_day", wanted, schemas.STORED_EVENTS)
    assert sorted(row.event_id for row in events.collect()) == ["e1", "e2"]
    events.explain()
    plan = capsys.readouterr().out
    assert "Cassandra Direct Join [day = day" in plan
    assert "Scan: " not in plan.partition("Cassandra Direct Join")[0]


def test_a_table_of_another_shape_is_refused(keyspace: Keyspace) -> None:
    with pytest.raises(GenerationRejectedError, match="strengths: None"):
        keyspace.read("prior_keys", schemas.PRIOR_LISTS)


def test_lists_that_spark_writes_are_those_that_the_store_reads(
    cassandra_spark: SparkSession, keyspace: Keyspace, connection: CassandraConnection
) -> None:
    rows = [
        (TRENDING.value, "global", 2, "b", 0.25, 2.0, 5),
        (TRENDING.value, "global", 1, "a", 1 / 3, 4.0, 9),
        (BUNDLES.value, "a", 1, "a+b", 0.1, 1.5, 3),
        *((TRENDING.value, "long", rank, f"p{rank}", 1 / rank, 0.1, 1) for rank in range(1, 101)),
    ]
    frame = cassandra_spark.createDataFrame(rows, schemas.PRIORS)
    lists = as_lists(frame.orderBy(names.MEMBER_ID), GENERATION)
    for _ in range(2):
        keyspace.append("prior_keys", lists, schemas.PRIOR_KEYS)
        keyspace.append("prior_lists", lists, schemas.PRIOR_LISTS)
    store = CassandraPriorStore(connection)
    keys = [(TRENDING, "global"), (BUNDLES, "a"), (TRENDING, "long")]
    found = store.read_many(GENERATION, keys)
    assert found[keys[0]] == (RankedMember("a", 1 / 3, 4.0, 9), RankedMember("b", 0.25, 2.0, 5))
    assert found[keys[1]] == (RankedMember("a+b", 0.1, 1.5, 3),)
    assert [member.member_id for member in found[keys[2]]] == [f"p{rank}" for rank in range(1, 101)]
    store.discard(GENERATION)
    assert store.read_many(GENERATION, keys) == {}


def test_a_job_takes_the_password_from_its_own_environment() -> None:
    settings = CassandraSettings(username="shop", password=SecretStr("s3cret"))
    assert password_option(settings) == {"spark.cassandra.auth.password": "s3cret"}
    assert password_option(CassandraSettings(password=None)) == {}
