"""Affinities, by numbers worked out by hand."""

import pytest
from pyspark.sql import DataFrame, SparkSession

from spark_jobs.transforms import affinity
from spark_jobs.transforms import interactions as seen
from tests.spark.frames import DAY, assert_members, events, pairs_of, products


def _views(spark: SparkSession, *sessions: str) -> DataFrame:
    """Return the views of sessions, each a string of one-letter products."""
    given = [
        {"session_id": f"s{number}", "product_ids": [item]}
        for number, session in enumerate(sessions)
        for item in session
    ]
    known = products(spark, *({"product_id": item} for item in sorted(set("".join(sessions)))))
    return affinity.viewed_products(seen.counted_products(events(spark, *given), known))


def test_what_comes_next_is_shrunk_to_what_everybody_views(spark: SparkSession) -> None:
    # g: a 2/5, b 2/5, c 1/5. From a: b twice next, c once after: 50, 5 of 55 in 25ths.
    views = _views(spark, "abc", "ab")
    assert_members(
        affinity.next_members(pairs_of(views), minimum_support=1),
        ("a", "b", 1.0, (50 + 20) / (55 + 50), 2),
        # Of one shopper alone: half the strength.
        ("a", "c", 15 / 70 / 2, (5 + 10) / (55 + 50), 1),
        ("b", "c", 1 / 2, (25 + 10) / (25 + 50), 1),
    )


def test_a_pair_seen_too_rarely_is_left_out_but_keeps_its_part_of_the_whole(
    spark: SparkSession,
) -> None:
    views = _views(spark, "abc", "ab")
    assert_members(
        affinity.next_members(pairs_of(views), minimum_support=2),
        ("a", "b", 1.0, 70 / 105, 2),
    )


def test_going_back_to_a_product_is_a_step_like_others(spark: SparkSession) -> None:
    views = _views(spark, "aa")
    made = affinity.followers(views, affinity.FURTHEST).collect()
    assert [tuple(row) for row in made] == [(DAY, "session:s0", "a", "a", 1)]


def test_distances_are_a_set(spark: SparkSession) -> None:
    made = affinity.followers(_views(spark, "abab"), affinity.FURTHEST).where("item = 'a'")
    found = {row.follower: row.distances for row in made.collect()}
    # b is one and three views later, and once more one; a is two.
    assert found == {"b": 0b101, "a": 0b10}


def test_steps_never_cross_sessions(spark: SparkSession) -> None:
    assert affinity.followers(_views(spark, "a", "b"), affinity.FURTHEST).count() == 0


def test_an_item_some_steps_back_makes_others_likelier_by_its_lift(spark: SparkSession) -> None:
    # One view back means two before the next: a to c once of once, g_c = 1/3.
    views = _views(spark, "abc")
    assert_members(
        affinity.lag_members(pairs_of(views), minimum_support=1),
        ("a@1", "c", 1 / 2, (1 + 10) / (1 + 30) * 3, 1),
    )


def test_lags_fall_into_the_buckets_of_the_domain(spark: SparkSession) -> None:
    views = _views(spark, "abcdefghijklmnopqrstuvw")
    made = affinity.lag_members(pairs_of(views), minimum_support=1)
    found: dict[str, set[str]] = {}
    for key, member in made.where("key like 'a@%'").select("key", "member_id").collect():
        found.setdefault(key, set()).add(member)
    # Lag is one less than the distance, and beyond 19 nothing counts.
    assert found == {"a@1": {"c"}, "a@2": {"d"}, "a@3": set("ef"), "a@4": set("ghijklmnopqrstu")}


def test_categories_follow_each_other_as_products_do(spark: SparkSession) -> None:
    given = events(
        spark,
        {"product_ids": ["shirt"]},
        {"type": "category_view", "category_id": "hats"},
    )
    known = products(spark, {"product_id": "shirt"})
    categories = spark.createDataFrame([("shirts",), ("hats",)], "category_id string")
    made = seen.counted_categories(given, seen.counted_products(given, known), categories)
    views = affinity.viewed_categories(made)
    assert_members(
        affinity.next_members(pairs_of(views), minimum_support=1),
        ("shirts", "hats", 1 / 2, (25 + 25) / (25 + 50), 1),
    )


def test_without_views_products_bought_together_stand_in_in_both_directions(
    spark: SparkSession,
) -> None:
    together = spark.createDataFrame(
        [("a", "b", "s", 4)], "a string, b string, shopper string, count long"
    )
    made = affinity.companions(together).collect()
    assert sorted((row.item, row.follower, row.weight, row.support) for row in made) == [
        ("a", "b", 4 * affinity.WEIGHT_UNIT, 1),
        ("b", "a", 4 * affinity.WEIGHT_UNIT, 1),
    ]


def test_going_to_and_fro_all_day_counts_once(spark: SparkSession) -> None:
    # g: a 4/9, x 3/9, b and c 1/9. Views beyond the third of a product are left out.
    views = _views(spark, "ax" * 500, "abc")
    assert views.count() == 9
    made = affinity.next_members(pairs_of(views), minimum_support=1)
    after_a = {row.member_id: row for row in made.where("key = 'a'").collect()}
    assert after_a["x"].support == 1
    assert after_a["x"].strength <= 1 / 2
    # a before x, a and x again, once each; then the visit: a before b and c.
    assert after_a["x"].value == pytest.approx((25 + 1 + 50 / 3) / (25 + 5 + 1 + 25 + 5 + 50))
