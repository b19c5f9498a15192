"""Trending products and new arrivals, by numbers worked out by hand."""

from datetime import timedelta

from pyspark.sql import DataFrame, SparkSession

from personalization.priors import warehouse as names
from spark_jobs.transforms import interactions as seen
from spark_jobs.transforms.arrivals import new_arrivals
from spark_jobs.transforms.counts import TrendWindows, product_counts
from spark_jobs.transforms.trending import trending
from tests.spark.frames import DAY, assert_members, events, products


def _counts(spark: SparkSession, *given: tuple[str, int, int]) -> DataFrame:
    """Return the counts of one event per product, days ago and rewards."""
    made = [
        {
            "session_id": f"s{number}",
            "product_ids": [item],
            "day": DAY - timedelta(days=ago),
            "reward": rewards * 1000,
        }
        for number, (item, ago, rewards) in enumerate(given)
    ]
    known = products(spark, *({"product_id": item} for item in sorted({g[0] for g in given})))
    acts = seen.counted_products(events(spark, *made), known).drop(names.CATEGORY_ID)
    return product_counts(acts, known, TrendWindows(DAY, 7))


def test_growth_is_measured_against_what_all_products_together_let_expect(
    spark: SparkSession,
) -> None:
    # R = 20, B = 80. up: (10 + 5) / (20 / 4 + 5); down: (10 + 5) / (60 / 4 + 5) < 1.
    given = _counts(
        spark, ("up", 0, 6), ("up", 1, 4), ("up", 7, 20), ("down", 6, 10), ("down", 34, 60)
    )
    assert_members(trending(given, 1), ("global", "up", 1 / 3, 1.5, 2))


def test_events_before_the_baseline_do_not_count(spark: SparkSession) -> None:
    given = _counts(
        spark, ("up", 0, 10), ("up", 7, 20), ("down", 6, 5), ("down", 6, 5), ("down", 35, 60)
    )
    # B = 20: both up and down are expected to keep their share, down having had none.
    assert_members(trending(given, 1), ("global", "down", 2 / 3, 3.0, 2))


def test_a_product_with_too_few_recent_shoppers_does_not_trend(spark: SparkSession) -> None:
    shoppers = [("up", 0, 5), ("up", 1, 5)]
    given = _counts(spark, *shoppers, ("up", 7, 20), ("down", 6, 10), ("down", 34, 60))
    assert trending(given, 3).count() == 0
    assert trending(given, 2).count() == 1
    # However low the setting, one shopper is no trend, with ten thousand views as with one.
    alone = _counts(spark, ("up", 0, 10), ("up", 7, 20), ("down", 6, 10), ("down", 34, 60))
    assert trending(alone, 1).count() == 0


def test_nothing_trends_where_there_is_nothing_to_compare_with(spark: SparkSession) -> None:
    assert trending(_counts(spark, ("up", 0, 10), ("up", 0, 10)), 1).count() == 0


def test_arrivals_are_the_products_listed_in_the_days_up_to_the_run_date(
    spark: SparkSession,
) -> None:
    listed = products(
        spark,
        {"product_id": "today", "listed_on": DAY},
        {"product_id": "recent", "listed_on": DAY - timedelta(days=3)},
        {"product_id": "old", "listed_on": DAY - timedelta(days=30)},
        {"product_id": "tomorrow", "listed_on": DAY + timedelta(days=1)},
        {"product_id": "unknown"},
    )
    assert_members(
        new_arrivals(listed, DAY, 30),
        ("global", "today", 1.0, 0.0, 1),
        ("global", "recent", 0.9, 3.0, 1),
    )
