"""Popularity, by numbers worked out by hand."""

from pyspark.sql import DataFrame, SparkSession

from spark_jobs.transforms import popularity
from tests.spark.frames import assert_members, products

_COLUMNS = "scope string, item string, group string, weight long, support long"


def _counts(spark: SparkSession, *rows: tuple[str, str, str, int, int]) -> DataFrame:
    return spark.createDataFrame(list(rows), _COLUMNS)


def _shop(spark: SparkSession) -> DataFrame:
    return _counts(
        spark,
        ("global", "a", "shirts", 30_000, 30),
        ("global", "b", "shirts", 10_000, 10),
        ("global", "c", "hats", 40_000, 20),
    )


def test_strength_is_measured_against_the_strongest_of_the_list(spark: SparkSession) -> None:
    assert_members(
        popularity.strongest_in(_shop(spark), "scope"),
        ("global", "a", 0.75, 30.0, 30),
        ("global", "b", 0.25, 10.0, 10),
        ("global", "c", 1.0, 40.0, 20),
    )
    assert_members(
        popularity.strongest_in(_shop(spark), "group"),
        ("shirts", "a", 1.0, 30.0, 30),
        ("shirts", "b", 1 / 3, 10.0, 10),
        ("hats", "c", 1.0, 40.0, 20),
    )


def test_what_fewer_than_three_shoppers_stand_behind_is_never_as_strong_as_the_strongest(
    spark: SparkSession,
) -> None:
    counts = _counts(
        spark,
        ("global", "pushed", "shirts", 60_000, 1),
        ("global", "liked", "shirts", 30_000, 30),
        ("global", "shared", "shirts", 30_000, 2),
    )
    assert_members(
        popularity.strongest_in(counts, "scope"),
        ("global", "pushed", 1 / 3, 60.0, 1),
        ("global", "liked", 1 / 2, 30.0, 30),
        ("global", "shared", 1 / 3, 30.0, 2),
    )


def test_a_share_is_the_part_of_all_or_of_the_category(spark: SparkSession) -> None:
    assert_members(
        popularity.share_in(_shop(spark), "group"),
        ("shirts", "a", 0.75, 30.0, 30),
        ("shirts", "b", 0.25, 10.0, 10),
        ("hats", "c", 1.0, 40.0, 20),
    )


def test_the_nation_is_shrunk_to_the_mean_of_the_category(spark: SparkSession) -> None:
    # W = 80, B = 20; mean share of a shirt 0.25, of a hat 0.5.
    made = {row.item: row.share for row in popularity.national_shares(_shop(spark)).collect()}
    assert made == {"a": 0.35, "b": 0.15, "c": 0.5}


def test_a_region_is_shrunk_to_the_nation(spark: SparkSession) -> None:
    # A = 500: a has (100 + 500 * 0.35) / 600, c, unseen there, still 250 / 600.
    region = _counts(spark, ("region:pl", "a", "shirts", 100_000, 100))
    shares = popularity.scoped_shares(region, popularity.national_shares(_shop(spark)))
    assert_members(
        shares,
        ("region:pl", "a", 275 / 600, 100.0, 100),
        ("region:pl", "b", 75 / 600, 0.0, 0),
        ("region:pl", "c", 250 / 600, 0.0, 0),
    )
    assert_members(
        popularity.against_strongest(shares),
        ("region:pl", "a", 1.0, 100.0, 100),
        ("region:pl", "b", 75 / 275, 0.0, 0),
        ("region:pl", "c", 250 / 275, 0.0, 0),
    )


def test_a_catalogue_without_history_counts_last_months_sales(spark: SparkSession) -> None:
    listed = products(
        spark,
        {"product_id": "a", "bought_last_month": 50},
        {"product_id": "b", "bought_last_month": 150},
        {"product_id": "unsold"},
    )
    assert_members(
        popularity.strongest_in(popularity.counted_sales(listed, "product_id"), "scope"),
        ("global", "a", 1 / 3, 50.0, 50),
        ("global", "b", 1.0, 150.0, 150),
    )
    assert_members(
        popularity.strongest_in(popularity.counted_sales(listed, "category_id"), "scope"),
        ("global", "shirts", 1.0, 200.0, 200),
    )
