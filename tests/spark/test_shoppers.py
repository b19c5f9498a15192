"""What one shopper may count for, however often they come, by numbers worked out by hand."""

from datetime import timedelta
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from personalization.domain.repeats import COUNTED_OF_ALL
from spark_jobs import schemas
from spark_jobs.partials.kinds import SCHEMAS, PartialKind
from spark_jobs.transforms import interactions as seen
from spark_jobs.transforms import popularity
from spark_jobs.transforms.contributions import contributions_of, largest_product_share
from spark_jobs.transforms.counts import TrendWindows, crowded_scopes, globally, product_counts
from spark_jobs.transforms.shoppers import with_shopper
from tests.spark.frames import DAY, assert_members, events, products

KNOWN = tuple({"product_id": item} for item in ("pushed", "a", "b"))


def _interactions(spark: SparkSession, *given: dict[str, Any]) -> DataFrame:
    return seen.counted_products(events(spark, *given), products(spark, *KNOWN)).cache()


def _counts(spark: SparkSession, counted: DataFrame) -> DataFrame:
    acts = counted.drop("category_id")
    return product_counts(acts, products(spark, *KNOWN), TrendWindows(DAY, 7)).cache()


def _liked_products(spark: SparkSession, counted: DataFrame) -> DataFrame:
    return globally(_counts(spark, counted))


def _checkout(item: str, **overrides: Any) -> dict[str, Any]:
    return {"type": "checkout", "product_ids": [item], "reward": 5000, **overrides}


def _honest(sessions: int) -> list[dict[str, Any]]:
    return [{"session_id": f"h{number}", "product_ids": ["a"]} for number in range(sessions)]


def test_a_session_is_one_shopper_whoever_it_says_it_is_and_a_user_is_one_in_all_sessions(
    spark: SparkSession,
) -> None:
    given = events(
        spark,
        {"session_id": "anonymous"},
        *({"session_id": "many", "user_id": name} for name in ("zoe", "ann", None, "bob")),
        {"session_id": "later", "user_id": "ann"},
    )
    rows = with_shopper(given).select("session_id", "shopper").distinct().collect()
    assert sorted(tuple(row) for row in rows) == [
        ("anonymous", "session:anonymous"),
        ("later", "user:ann"),
        ("many", "user:ann"),
    ]


def test_thousands_of_false_checkouts_and_views_of_one_session_make_nothing_popular(
    spark: SparkSession,
) -> None:
    flood = [_checkout("pushed", session_id="x")] * 4_000
    views = [{"product_ids": ["pushed"], "session_id": "x"}] * 10_000
    counted = _interactions(spark, *flood, *views, *_honest(8))
    by_type = {row["type"]: row["count"] for row in counted.groupBy("type").count().collect()}
    assert by_type == {"checkout": 1, "product_view": 3 + 8}
    counts = _liked_products(spark, counted)
    # Worth as much as all eight together, and a third as strong: one shopper is no crowd.
    assert_members(
        popularity.strongest_in(counts, "scope"),
        ("global", "a", 1.0, 8.0, 8),
        ("global", "pushed", 1 / 3, 8.0, 1),
    )
    assert largest_product_share(_counts(spark, counted)) == ("pushed", 1.0)


def test_refunds_and_removals_take_back_no_more_than_their_shopper_gave(
    spark: SparkSession,
) -> None:
    refund = {"type": "refund", "product_ids": ["a"], "reward": -5000}
    removal = {"type": "remove_from_cart", "product_ids": ["a"], "reward": -3000}
    strangers = [
        {**back, "session_id": f"x{number}"} for back in (refund, removal) for number in range(9)
    ]
    yesterday = DAY - timedelta(days=1)
    counted = _interactions(
        spark, *strangers, *_honest(3), _checkout("a", session_id="buyer", day=yesterday),
        *({**refund, "session_id": "buyer", "day": day} for day in (yesterday, DAY)),
    )  # fmt: skip
    by_type = {row["type"]: row["count"] for row in counted.groupBy("type").count().collect()}
    assert by_type == {"checkout": 1, "refund": 1, "product_view": 3}
    liked = _liked_products(spark, counted)
    assert_members(popularity.strongest_in(liked, "scope"), ("global", "a", 1.0, 3.0, 4))


def test_a_user_counts_once_a_day_in_all_sessions_and_again_on_the_next(
    spark: SparkSession,
) -> None:
    counted = _interactions(
        spark,
        *(
            _checkout("a", session_id=f"s{number}", user_id="u", day=DAY - timedelta(days=ago))
            for ago in (0, 1)
            for number in range(50)
        ),
    )
    assert sorted(row.day for row in counted.collect()) == [DAY - timedelta(days=1), DAY]


def test_a_thousand_regions_of_one_session_have_no_lists(spark: SparkSession) -> None:
    flood = [
        {"session_id": "x", "product_ids": [item], "region": f"r{number}"}
        for number, item in enumerate(["pushed", "a", "b"])
    ]
    honest = [{**view, "region": "pl"} for view in _honest(3)]
    crowded = crowded_scopes(_interactions(spark, *flood, *honest))
    assert {row.scope for row in crowded.collect()} == {"region:pl", "season:summer"}
    larger = crowded_scopes(_interactions(spark, *flood, *honest), 4)
    assert {row.scope for row in larger.collect()} == {"season:summer"}


def test_a_shopper_counts_for_a_category_and_for_all_products_within_limits(
    spark: SparkSession,
) -> None:
    many = [f"p{number}" for number in range(COUNTED_OF_ALL + 50)]
    history = events(spark, *({"product_ids": [item]} for item in many))
    known = products(spark, *({"product_id": item} for item in many))
    counted = seen.counted_products(history, known).cache()
    assert counted.count() == COUNTED_OF_ALL
    categories = spark.createDataFrame([("shirts",)], schemas.CATEGORIES)
    assert seen.counted_categories(history, counted, categories).count() == 10


def test_nothing_is_said_of_contributions_where_there_are_none(spark: SparkSession) -> None:
    nothing = spark.createDataFrame([], SCHEMAS[PartialKind.SHOPPERS])
    made = contributions_of(nothing)
    assert (made.shoppers, made.largest_share) == (0, 0.0)
    assert largest_product_share(_counts(spark, _interactions(spark))) is None


def test_what_shoppers_gave_and_did_is_added_up_over_days_and_regions(spark: SparkSession) -> None:
    rows = [
        (DAY, "session:a", "pl", 1000, 0b100),
        (DAY, "session:a", None, 2000, 0b010),
        (DAY - timedelta(days=1), "user:b", "pl", 5000, 0b101),
        (DAY, "user:c", "pl", 0, 0b100),
    ]
    made = contributions_of(spark.createDataFrame(rows, SCHEMAS[PartialKind.SHOPPERS]))
    assert (made.shoppers, made.largest_share) == (2, 5 / 8)
    assert list(made.shoppers_by_source.values()) == [1, 1, 3]
