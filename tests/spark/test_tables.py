"""The last steps: ranks, priors by product, and the schema of every table."""

import pytest
from pyspark.sql import SparkSession

from personalization.domain.errors import GenerationRejectedError
from personalization.domain.prior import PriorName
from spark_jobs import schemas
from spark_jobs.transforms.product_priors import as_prior, as_scoped_popularity
from spark_jobs.transforms.ranked_list import rank_members
from tests.spark.frames import MEMBERS, assert_members


def test_ranks_are_dense_and_ties_go_to_support_then_to_the_id(spark: SparkSession) -> None:
    rows = [
        ("k", "d", 0.5, 1.0, 2),
        ("k", "c", 0.5, 1.0, 2),
        ("k", "b", 0.5, 1.0, 9),
        ("k", "a", 0.1, 1.0, 1),
        ("other", "a", 0.1, 1.0, 1),
    ]
    made = rank_members(spark.createDataFrame(rows, MEMBERS), 3).collect()
    assert sorted((row.key, row["rank"], row.member_id) for row in made) == [
        ("k", 1, "b"),
        ("k", 2, "c"),
        ("k", 3, "d"),
        ("other", 1, "a"),
    ]


def test_a_list_of_products_turned_round_gives_each_product_its_prior(
    spark: SparkSession,
) -> None:
    rows = spark.createDataFrame([("global", "a", 0.5, 7.0, 3)], MEMBERS)
    assert_members(as_prior(rows, PriorName.POPULARITY), ("a", "popularity", 0.5, 7.0, 3))
    regional = spark.createDataFrame([("region:pl", "a", 0.5, 7.0, 3)], MEMBERS)
    assert_members(as_scoped_popularity(regional), ("a", "popularity_region:pl", 0.5, 7.0, 3))


def test_a_frame_that_does_not_fit_its_schema_is_refused_with_the_column(
    spark: SparkSession,
) -> None:
    frame = spark.createDataFrame([(1,)], "category_id int")
    with pytest.raises(GenerationRejectedError, match="category_id: IntegerType"):
        schemas.fit_schema(frame, schemas.CATEGORIES)
