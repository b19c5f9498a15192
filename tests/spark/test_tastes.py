"""Tastes of known people, by numbers worked out by hand."""

from datetime import timedelta
from math import sqrt

from pyspark.sql import DataFrame, SparkSession

from spark_jobs import schemas
from spark_jobs.transforms import interactions as seen
from spark_jobs.transforms.shoppers import with_shopper
from spark_jobs.transforms.tastes import (
    acts_of_known_users,
    product_traits,
    sized_interactions,
    user_tastes,
)
from tests.spark.frames import DAY, assert_members, events, products

HALFLIFE = 30


def _catalogue(spark: SparkSession) -> DataFrame:
    return products(
        spark,
        {"product_id": "a", "category_id": "shirts", "brand": "nike", "price": 1.0},
        {"product_id": "b", "category_id": "hats", "brand": "", "price": 100.0},
        {"product_id": "c", "category_id": "hats", "brand": None, "price": None, "size": "M"},
    )


def _tastes(
    spark: SparkSession, *given: dict[str, object], groups: DataFrame | None = None
) -> DataFrame:
    known = _catalogue(spark)
    variants = spark.createDataFrame([], schemas.GROUPS) if groups is None else groups
    happened = events(spark, *given)
    sizes = sized_interactions(acts_of_known_users(with_shopper(happened)), known, variants)
    counted = seen.counted_products(happened, known)
    return user_tastes(counted, sizes, product_traits(known, variants), DAY, HALFLIFE)


def test_what_is_a_half_life_old_counts_half(spark: SparkSession) -> None:
    old = DAY - timedelta(days=HALFLIFE)
    found = _tastes(
        spark,
        {"user_id": "ann", "product_ids": ["a"]},
        {"user_id": "ann", "product_ids": ["b"], "day": old, "session_id": "before"},
    )
    assert_members(
        found,
        ("ann", "product:a", 2 / 3, 1.0, 1),
        ("ann", "product:b", 1 / 3, 0.5, 1),
        ("ann", "category:shirts", 2 / 3, 1.0, 1),
        ("ann", "category:hats", 1 / 3, 0.5, 1),
        ("ann", "brand:nike", 1.0, 1.0, 1),
        # Scaled prices 0 and 1, weighed 2 to 1.
        ("ann", "price:mean", 0.0, 1 / 3, 2),
        ("ann", "price:spread", 0.0, sqrt(1 / 3 - 1 / 9), 2),
    )


def test_what_was_taken_back_or_disliked_is_no_taste_and_anonymous_visits_have_none(
    spark: SparkSession,
) -> None:
    found = _tastes(
        spark,
        {"user_id": "ann", "product_ids": ["a"], "type": "add_to_cart", "reward": 3000},
        {"user_id": "ann", "product_ids": ["a"], "type": "remove_from_cart", "reward": -3000},
        {"user_id": "ann", "product_ids": ["c"], "type": "feedback", "reward": -1000},
        {"product_ids": ["b"], "session_id": "nobody"},
    )
    assert found.isEmpty()


def test_a_whole_visit_is_of_the_user_whom_it_names_once(spark: SparkSession) -> None:
    found = _tastes(spark, {"product_ids": ["a"]}, {"user_id": "ann", "product_ids": ["b"]})
    assert {row["member_id"] for row in found.collect()} >= {"product:a", "product:b"}


def test_sizes_are_those_of_the_variants_that_were_named(spark: SparkSession) -> None:
    rows = [("a-s", "a", "S"), ("a-l", "a", "L")]
    groups = spark.createDataFrame(rows, schemas.GROUPS)
    found = _tastes(
        spark,
        {"user_id": "ann", "product_ids": ["a"], "variant_ids": ["a-s"], "reward": 3000},
        {"user_id": "ann", "product_ids": ["c"]},
        groups=groups,
    )
    sizes = {row["member_id"]: row["strength"] for row in found.collect()}
    assert (sizes["size:S"], sizes["size:M"]) == (0.75, 0.25)


def test_nobody_has_more_members_than_are_kept(spark: SparkSession) -> None:
    many = [{"product_id": f"p{number:02d}", "brand": f"b{number}"} for number in range(60)]
    known, none = products(spark, *many), spark.createDataFrame([], schemas.GROUPS)
    happened = events(
        spark, *({"user_id": "ann", "product_ids": [item["product_id"]]} for item in many)
    )
    counted = seen.counted_products(happened, known)
    sizes = sized_interactions(acts_of_known_users(with_shopper(happened)), known, none)
    found = user_tastes(counted, sizes, product_traits(known, none), DAY, HALFLIFE).collect()
    kinds = [row["member_id"].split(":")[0] for row in found]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "product": 50,
        "category": 1,
        "brand": 10,
    }


def test_a_product_has_its_brand_the_sizes_of_its_variants_and_its_scaled_price(
    spark: SparkSession,
) -> None:
    rows = [("a-s", "a", "S"), ("a-l", "a", "L"), ("a-l2", "a", "L")]
    groups = spark.createDataFrame(rows, schemas.GROUPS)
    assert_members(
        product_traits(_catalogue(spark), groups),
        ("a", "price", 0.0, 1.0, 0),
        ("b", "price", 1.0, 100.0, 0),
        ("a", "brand:nike", 1.0, 1.0, 0),
        ("a", "size:S", 1.0, 1.0, 0),
        ("a", "size:L", 1.0, 1.0, 0),
        ("c", "size:M", 1.0, 1.0, 0),
    )
