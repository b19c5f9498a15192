"""Ratings, by numbers worked out by hand."""

from pyspark.sql import DataFrame, SparkSession

from spark_jobs.transforms import ratings
from spark_jobs.transforms.shoppers import with_shopper
from tests.spark.frames import assert_members, events, products


def _no_opinions(spark: SparkSession) -> DataFrame:
    return ratings.given_stars(with_shopper(events(spark)))


def test_a_category_is_rated_by_its_rated_products_only(spark: SparkSession) -> None:
    listed = products(
        spark,
        {"product_id": "a", "stars": 5.0, "rating_count": 1000},
        {"product_id": "b", "stars": 4.0, "rating_count": 1},
        {"product_id": "unrated"},
        {"product_id": "c", "stars": 3.0, "rating_count": 7, "category_id": "hats"},
        {"product_id": "d", "category_id": "socks"},
    )
    made = ratings.category_ratings(ratings.sum_ratings(listed, _no_opinions(spark)))
    assert_members(made, ("global", "shirts", 0.875, 4.5, 2), ("global", "hats", 0.5, 3.0, 1))


def test_a_products_rating_is_shrunk_to_the_mean_of_all_where_its_category_is_small(
    spark: SparkSession,
) -> None:
    # m = max(10, median of 30, 10 and 1) = 10, c = 4.
    listed = products(
        spark,
        {"product_id": "a", "stars": 5.0, "rating_count": 30},
        {"product_id": "b", "stars": 4.0, "rating_count": 10},
        {"product_id": "starred without a count", "stars": 3.0},
    )
    assert_members(
        ratings.shrunk_ratings(ratings.sum_ratings(listed, _no_opinions(spark))),
        ("global", "a", 3.75 / 4, 4.75, 30),
        ("global", "b", 0.75, 4.0, 10),
        ("global", "starred without a count", (43 / 11 - 1) / 4, 43 / 11, 1),
    )


def test_a_category_of_five_rated_products_has_a_mean_of_its_own(spark: SparkSession) -> None:
    shirts = [{"product_id": f"s{n}", "stars": 5.0, "rating_count": 10} for n in range(5)]
    hat = {"product_id": "hat", "stars": 1.0, "rating_count": 10, "category_id": "hats"}
    listed = products(spark, *shirts, hat)
    made = ratings.shrunk_ratings(ratings.sum_ratings(listed, _no_opinions(spark)))
    found = {row.member_id: row.value for row in made.collect()}
    assert found["s0"] == 5.0
    # (10 * 1 + 10 * 26 / 6) / 20, the mean of all six being 26 / 6, taken in whole hundredths.
    assert abs(found["hat"] - (10 + 260 / 6) / 20) < 1e-9


def test_each_shoppers_newest_stars_count_as_one_rating(spark: SparkSession) -> None:
    listed = products(
        spark,
        {"product_id": "a", "stars": 4.0, "rating_count": 1},
        {"product_id": "new"},
        {"product_id": "pushed"},
    )
    given = events(
        spark,
        *[{"type": "feedback", "product_ids": ["a"], "stars": 1.0}] * 500,
        {"type": "feedback", "product_ids": ["a"], "stars": 2.0},
        {"type": "feedback", "product_ids": ["a"]},
        *[
            {"type": "feedback", "product_ids": ["new"], "stars": 5.0, "session_id": f"s{number}"}
            for number in range(3)
        ],
        # Of one user in many sessions: no rating of a product that nobody else rated.
        *[
            {
                "type": "feedback",
                "product_ids": ["pushed"],
                "stars": 5.0,
                "session_id": f"p{number}",
                "user_id": "u",
            }
            for number in range(3)
        ],
    )
    made = ratings.sum_ratings(listed, ratings.given_stars(with_shopper(given))).collect()
    assert sorted((row.product_id, row.stars_sum, row.rating_count) for row in made) == [
        ("a", 600, 2),
        ("new", 1500, 3),
    ]
