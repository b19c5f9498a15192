"""Every example of docs/analysts.md is run against a real Cassandra and gives its answer."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cassandra.util import Date
from pyspark.sql import SparkSession

from personalization.adapters.cassandra.catalogue import CassandraCatalogue
from personalization.adapters.cassandra.connection import CassandraConnection
from personalization.adapters.cassandra.decision_history import CassandraDecisionHistory
from personalization.adapters.cassandra.event_history import CassandraEventHistory
from personalization.adapters.cassandra.prior_store import CassandraPriorStore
from tests.builders.generation import a_generation
from tests.builders.shops.analysts_shop import (
    CATEGORIES,
    EVENTS,
    GENERATION,
    LISTS,
    PRODUCTS,
    RECORDS,
)
from tests.own_keyspace import own_keyspace
from tests.spark_session import see_keyspace

pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
PAGE = Path(__file__).parents[2] / "docs" / "analysts.md"
KEYSPACE = "fitting_room"
"""The keyspace that the page speaks of."""
FIRST, SECOND = date(2025, 6, 1), date(2025, 6, 2)
Rows = list[tuple[Any, ...]]


def _at(minute: int, second: int = 0) -> datetime:
    return datetime(2025, 6, 2, 12, minute, second, tzinfo=UTC)


CQL: dict[str, Rows] = {
    "What did session s1 do?": [
        (_at(0), "impression", ("shirt-1", "shirt-2", "shirt-3")),
        (_at(0, 5), "product_view", ("shirt-2",)),
        (_at(0, 30), "add_to_cart", ("shirt-2",)),
        (_at(1), "checkout", ("shirt-2", "hat-1")),
        (_at(2), "feedback", ("shirt-2",)),
    ],
    "What did it do in the minute after noon?": [
        ("e1", "impression"),
        ("e2", "product_view"),
        ("e3", "add_to_cart"),
    ],
    "Which of its events came from decision d1, and from which slot?": [
        ("impression", (0, 1, 2)),
        ("product_view", (1,)),
        ("add_to_cart", (1,)),
    ],
    "What happened to shirt-2 on 2 June?": [
        (_at(0), "impression", "s1"),
        (_at(0), "impression", "s2"),
        (_at(0, 5), "product_view", "s1"),
        (_at(0, 10), "product_view", "s2"),
        (_at(0, 30), "add_to_cart", "s1"),
        (_at(1), "checkout", "s1"),
        (_at(2), "feedback", "s1"),
        (_at(3), "feedback", "s2"),
    ],
    # 1 June: the view and the cart of s3; 2 June: two impressions.
    "How many events had shirt-1 on each of two days?": [(FIRST, 2), (SECOND, 2)],
    # 5 and 2 stars.
    "How many stars did shirt-2 get on 2 June?": [(2, 3.5)],
    # CRC-32 modulo 16: s1 is in bucket 0, s2 in 10, s3 in 12.
    "Which days and buckets are there?": [(FIRST, 12), (SECOND, 0), (SECOND, 10)],
    "How many events had 2 June?": [(9,)],
    "What is in one of its buckets, oldest first?": [
        ("s2", "e6", "impression"),
        ("s2", "e7", "product_view"),
        ("s2", "e8", "category_view"),
        ("s2", "e9", "feedback"),
    ],
    "What was decided for session s1, newest first, and with which probabilities?": [
        ("d3", ("hat-1",), (0.75,)),
        ("d1", ("shirt-1", "shirt-2", "shirt-3"), (0.5, 0.25, 0.75)),
    ],
    "Which decision was on its page at one minute past noon?": [
        ("d1", "epsilon_greedy", "generation-1")
    ],
    "What did its page show then, and why?": [
        (1, ("shirt-2",), ("Often seen after the blue linen shirt.",))
    ],
    "Whose decision is d2?": [("s2", _at(0) - timedelta(seconds=1), 0.25)],
    "Which generation of priors is in use?": [("generation-1",)],
    "What is popular by it, best first?": [(("shirt-2", "shirt-1"), (1.0, 0.5))],
    "Which regions and seasons have lists of their own?": [("global",), ("region:pl",)],
    "What are the categories called?": [("hats", "Hats"), ("shirts", "Shirts")],
}

SQL: dict[str, Rows] = {
    "How many events of each type had each day?": [
        (FIRST, "add_to_cart", 1),
        (FIRST, "product_view", 1),
        (SECOND, "add_to_cart", 1),
        (SECOND, "category_view", 1),
        (SECOND, "checkout", 1),
        (SECOND, "feedback", 2),
        (SECOND, "impression", 2),
        (SECOND, "product_view", 2),
    ],
    "How many sessions of 2 June viewed, carted and bought?": [(2, 1, 1)],
    "Which products were bought, how often, under which title?": [
        ("hat-1", "Straw hat", 1),
        ("shirt-2", "White linen shirt", 1),
    ],
    "(a view of the events)": [],
    "How many sessions and events came from each region?": [("pl", 2, 7), ("de", 1, 4)],
    # Slot 0: d1 and d2, viewed for d2. Slot 1: both, viewed for d1. Slot 2: d1 only.
    "How often was each slot on screen, and how often did it lead to a view?": [
        (0, 2, 1),
        (1, 2, 1),
        (2, 1, 0),
    ],
    # Slot 1 of d1 was explored; the other four that were on screen were not.
    "Does exploring cost views?": [(False, 4, 1), (True, 1, 1)],
    # d1 began with another product: 0. d2 with shirt-2 at 0.8, viewed: 1.25. Half of that.
    "How many first slots would be viewed if shirt-2 were always first?": [(2, 0.625)],
    "What is most popular by the priors in use, under which title?": [
        (1, "White linen shirt", 1.0),
        (2, "Blue linen shirt", 0.5),
    ],
}


def _examples(language: str) -> dict[str, str]:
    """Return question -> statement, in the order of the page."""
    blocks = re.findall(rf"```{language}\n-- (.+)\n([^`]+)```", PAGE.read_text("utf-8"))
    return {question: statement.strip().removesuffix(";") for question, statement in blocks}


@pytest.fixture(scope="module")
def connection(cassandra_contact_points: str) -> Iterator[CassandraConnection]:
    """Return a keyspace that the service's own adapters have filled."""
    with own_keyspace(cassandra_contact_points, "analysts") as opened:
        catalogue, priors = CassandraCatalogue(opened), CassandraPriorStore(opened)
        catalogue.write_categories(CATEGORIES)
        catalogue.write_products(PRODUCTS)
        CassandraEventHistory(opened).append(EVENTS)
        CassandraDecisionHistory(opened).append(RECORDS)
        priors.write_many(GENERATION, LISTS.items())
        priors.register(a_generation(generation_id=GENERATION))
        priors.promote(GENERATION)
        yield opened


def test_every_example_of_the_page_has_a_known_answer() -> None:
    page = PAGE.read_text("utf-8")
    assert list(_examples("cql")) == list(CQL)
    assert list(_examples("sql")) == list(SQL)
    assert page.count("```cql\n") == len(CQL)
    assert page.count("```sql\n") == len(SQL)


@pytest.mark.parametrize("question", CQL)
def test_a_query_in_cql_answers_its_question(
    connection: CassandraConnection, question: str
) -> None:
    statement = _examples("cql")[question]
    found = connection.execute(statement)
    assert [tuple(map(_plain, row)) for row in found] == CQL[question]


def _plain(value: object) -> object:
    """Return the driver's values as Python's: its dates, lists and times without a zone."""
    if isinstance(value, Date):
        return value.date()
    if isinstance(value, datetime):
        # Rows hold milliseconds; the events of the test lie on whole seconds.
        return value.replace(tzinfo=UTC)
    return tuple(value) if isinstance(value, list) else value


def test_the_queries_in_sql_answer_their_questions(
    cassandra_spark: SparkSession, connection: CassandraConnection
) -> None:
    see_keyspace(cassandra_spark, connection)
    answers = {
        question: [
            tuple(row)
            for row in cassandra_spark.sql(
                statement.replace(KEYSPACE, connection.keyspace)
            ).collect()
        ]
        for question, statement in _examples("sql").items()
    }
    assert answers == SQL


def test_naming_days_and_buckets_reads_those_partitions_alone(
    cassandra_spark: SparkSession,
    connection: CassandraConnection,
    capsys: pytest.CaptureFixture[str],
) -> None:
    statement = _examples("sql")["How many sessions of 2 June viewed, carted and bought?"]
    cassandra_spark.sql(statement.replace(KEYSPACE, connection.keyspace)).explain()
    plan = capsys.readouterr().out
    [filters] = re.findall(r"Cassandra Filters: (\[.*\])", plan)
    assert '"day" = ' in filters
    assert '"bucket" IN ' in filters
