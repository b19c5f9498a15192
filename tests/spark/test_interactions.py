"""Events become interactions with products and categories of the catalogue."""

from datetime import date

from pyspark.sql import DataFrame, SparkSession

from personalization.domain.context import season_of
from personalization.domain.identifiers import Region
from spark_jobs import schemas
from spark_jobs.transforms import interactions as seen
from tests.spark.frames import events, products


def _interactions(given: DataFrame, known: DataFrame) -> DataFrame:
    return seen.of_catalogue(seen.product_interactions(given), known)


def test_the_season_is_the_domains_in_every_month_on_both_halves_of_the_earth(
    spark: SparkSession,
) -> None:
    days = [date(2026, month, 15) for month in range(1, 13)]
    given = [{"day": day, "region": region} for day in days for region in ("pl", "au", None)]
    rows = seen.with_season(events(spark, *given)).select("day", "region", "season").collect()
    assert len(rows) == 36
    for day, region, season in rows:
        assert season == season_of(day, Region(region) if region else None).value


def test_an_interaction_takes_its_category_from_the_catalogue(spark: SparkSession) -> None:
    viewed = events(spark, {"product_ids": ["a"], "category_id": "what the client says"})
    made = _interactions(viewed, products(spark, {"product_id": "a"}))
    assert [row.category_id for row in made.collect()] == ["shirts"]


def test_impressions_and_products_outside_the_catalogue_are_no_interactions(
    spark: SparkSession,
) -> None:
    given = events(
        spark,
        {"product_ids": ["a"], "type": "impression"},
        {"product_ids": ["gone"]},
        {"product_ids": ["a"]},
    )
    made = _interactions(given, products(spark, {"product_id": "a"}))
    assert [(row.event_id, row.product_id) for row in made.collect()] == [("e002", "a")]


def test_looks_are_no_interactions_and_what_was_sent_back_is_taken_off(
    spark: SparkSession,
) -> None:
    given = events(
        spark,
        {"product_ids": ["a"], "type": "dwell", "reward": 500},
        {"product_ids": ["a"], "type": "hover", "reward": 100},
        {"product_ids": ["a"], "type": "add_to_cart", "reward": 3000},
        {"product_ids": ["a"], "type": "remove_from_cart", "reward": -3000},
    )
    made = _interactions(given, products(spark, {"product_id": "a"}))
    assert sorted(row.reward for row in made.collect()) == [-3000, 3000]


def test_every_product_of_a_checkout_counts_once(spark: SparkSession) -> None:
    bought = events(spark, {"product_ids": ["a", "b", "a"], "type": "checkout", "reward": 5000})
    known = products(spark, {"product_id": "a"}, {"product_id": "b"})
    made = _interactions(bought, known).collect()
    assert sorted((row.product_id, row.reward) for row in made) == [("a", 5000), ("b", 5000)]


def test_category_views_join_the_views_of_the_categorys_products(spark: SparkSession) -> None:
    given = events(
        spark,
        {"product_ids": ["a"]},
        {"type": "category_view", "category_id": "hats", "reward": 500},
        {"type": "category_view", "category_id": "unknown", "reward": 500},
    )
    known = spark.createDataFrame([("shirts",), ("hats",)], schemas.CATEGORIES)
    viewed = _interactions(given, products(spark, {"product_id": "a"}))
    made = seen.category_interactions(given, viewed).join(known, "category_id").collect()
    assert sorted((row.category_id, row.reward) for row in made) == [
        ("hats", 500),
        ("shirts", 1000),
    ]


def test_a_purchase_that_no_server_attests_is_no_interaction(spark: SparkSession) -> None:
    given = events(
        spark,
        {"product_ids": ["a"], "type": "checkout", "reward": 0},
        {"product_ids": ["a"], "type": "refund", "reward": 0},
        {"product_ids": ["a"], "type": "checkout", "reward": 5000},
        {"product_ids": ["a"], "type": "feedback", "reward": 0},
    )
    made = _interactions(given, products(spark, {"product_id": "a"}))
    found = {(row.type, row.reward) for row in made.collect()}
    assert found == {("checkout", 5000), ("feedback", 0)}
