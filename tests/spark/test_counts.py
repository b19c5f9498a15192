"""The one pass over what shoppers did, by numbers worked out by hand."""

from datetime import timedelta

import pytest
from pyspark.sql import DataFrame, Row, SparkSession

from spark_jobs import schemas
from spark_jobs.partials.kinds import SCHEMAS, PartialKind
from spark_jobs.transforms import interactions as seen
from spark_jobs.transforms.counts import (
    TrendWindows,
    by_scope,
    category_counts,
    globally,
    product_counts,
    view_counts,
)
from tests.spark.frames import DAY, events, products

WINDOWS = TrendWindows(DAY, 7)


@pytest.fixture(scope="module")
def counts(spark: SparkSession) -> DataFrame:
    """Count views and carts of a by two shoppers, and a disliked b."""
    given = events(
        spark,
        {"product_ids": ["a"], "region": "pl"},
        {"product_ids": ["a"], "region": "pl", "day": DAY - timedelta(days=7)},
        {"product_ids": ["a"], "region": "de", "session_id": "t"},
        {"product_ids": ["a"], "type": "add_to_cart", "reward": 3000, "session_id": "t"},
        {"product_ids": ["b"], "type": "feedback", "reward": -4000},
        {"product_ids": ["gone"]},
    )
    known = products(spark, {"product_id": "a"}, {"product_id": "b"})
    acts = seen.counted_products(given, known).drop("category_id")
    return product_counts(acts, known, WINDOWS).cache()


def _row(counts: DataFrame, scope: str, item: str) -> Row:
    [row] = counts.where(f"scope = '{scope}' and item = '{item}'").collect()
    return row


def test_everything_of_a_product_is_summed_together(counts: DataFrame) -> None:
    of_a = _row(counts, "global", "a")
    assert (of_a["count"], of_a.weight, of_a.support) == (4, 6000, 2)
    assert (of_a.recent, of_a.before, of_a.recent_shoppers) == (5000, 1000, 2)
    assert (of_a.views, of_a.viewers, of_a.group) == (3, 2, "shirts")
    assert (of_a.positive, of_a.largest) == (6000, 4000)


def test_a_product_counts_in_its_regions_and_its_season(counts: DataFrame) -> None:
    assert (_row(counts, "region:pl", "a").weight, _row(counts, "region:pl", "a").support) == (
        2000,
        1,
    )
    assert _row(counts, "season:summer", "a").support == 2


def test_what_is_disliked_is_not_popular_and_what_is_not_on_sale_is_not_counted(
    counts: DataFrame,
) -> None:
    assert [row.item for row in globally(counts).collect()] == ["a"]
    assert {row.item for row in counts.select("item").distinct().collect()} == {"a", "b"}
    assert [tuple(row) for row in view_counts(counts).collect()] == [("a", 3, 2)]


def test_scopes_without_a_crowd_are_left_out(spark: SparkSession, counts: DataFrame) -> None:
    crowded = spark.createDataFrame([("region:pl",)], "scope string")
    assert {row.scope for row in by_scope(counts, crowded).collect()} == {"region:pl"}


def test_what_too_few_shoppers_like_can_be_left_out(spark: SparkSession, counts: DataFrame) -> None:
    crowded = spark.createDataFrame([("region:pl",), ("season:summer",)], "scope string")
    # One shopper did it in pl, two did it everywhere in summer.
    assert [row.item for row in globally(counts, 2).collect()] == ["a"]
    assert globally(counts, 3).isEmpty()
    assert {row.scope for row in by_scope(counts, crowded, 2).collect()} == {"season:summer"}


def test_categories_are_counted_everywhere_and_by_region(spark: SparkSession) -> None:
    rows = [
        (DAY, "session:a", "pl", "shirts", 1000, 1),
        (DAY - timedelta(days=1), "session:a", "pl", "shirts", 3000, 0),
        (DAY, "session:b", None, "shirts", 1000, 1),
        (DAY, "session:b", None, "gone", 1000, 1),
    ]
    partials = spark.createDataFrame(rows, SCHEMAS[PartialKind.CATEGORIES])
    known = spark.createDataFrame([("shirts",)], schemas.CATEGORIES)
    made = category_counts(partials, known).collect()
    assert sorted((row.scope, row.item, row.weight, row.support, row.views) for row in made) == [
        ("global", "shirts", 5000, 2, 2),
        ("region:pl", "shirts", 4000, 1, 1),
    ]
