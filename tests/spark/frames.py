"""Builds frames of a few rows, and compares what a transform made with what was worked out."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from chispa import assert_approx_df_equality
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import DoubleType, LongType, StringType, StructField, StructType

from personalization.priors import warehouse as names
from spark_jobs import schemas
from spark_jobs.columns import FOLLOWER
from spark_jobs.transforms import affinity

DAY = date(2026, 7, 28)
NOON = datetime(2026, 7, 28, 12, tzinfo=UTC)
MEMBERS = StructType(
    [
        StructField(names.KEY, StringType()),
        StructField(names.MEMBER_ID, StringType()),
        StructField(names.STRENGTH, DoubleType()),
        StructField(names.VALUE, DoubleType()),
        StructField(names.SUPPORT, LongType()),
    ]
)
PRECISION = 1e-9


def events(spark: SparkSession, *given: dict[str, Any]) -> DataFrame:
    """Return events, views of nothing by session `s` by default, in the given order."""
    rows = []
    for number, event in enumerate(given):
        row = {
            names.EVENT_ID: f"e{number:03d}",
            names.SESSION_ID: "s",
            names.USER_ID: None,
            names.TYPE: "product_view",
            names.OCCURRED_AT: NOON + timedelta(seconds=number),
            names.PRODUCT_IDS: [],
            names.CATEGORY_ID: None,
            names.REGION: None,
            names.STARS: None,
            names.REWARD: 1000,
            names.CONSENT: None,
            names.VARIANT_IDS: [],
            names.DAY: DAY,
            **event,
        }
        rows.append(tuple(row[name] for name in schemas.HISTORY.names))
    return spark.createDataFrame(rows, schemas.HISTORY)


def products(spark: SparkSession, *given: dict[str, Any]) -> DataFrame:
    """Return products, unrated, unsold shirts by default."""
    rows = []
    for product in given:
        row = {
            names.CATEGORY_ID: "shirts",
            names.STARS: None,
            names.RATING_COUNT: 0,
            names.BOUGHT_LAST_MONTH: 0,
            names.LISTED_ON: None,
            names.TITLE: "",
            names.COLOUR: None,
            names.PRICE: None,
            names.BRAND: None,
            names.SIZE: None,
            **product,
        }
        rows.append(tuple(row[name] for name in schemas.PRODUCTS.names))
    return spark.createDataFrame(rows, schemas.PRODUCTS)


def assert_members(found: DataFrame, *expected: tuple[str, str, float, float, int]) -> None:
    """Compare key, member, strength, value and support, whatever the order of rows."""
    wanted = found.sparkSession.createDataFrame(list(expected), MEMBERS)
    assert_approx_df_equality(
        found.select(*MEMBERS.names),
        wanted,
        PRECISION,
        ignore_nullable=True,
        ignore_row_order=True,
    )


def pairs_of(views: DataFrame) -> DataFrame:
    """Return the sums of steps between the items of views, each with the follower's share."""
    steps = affinity.followers(views, affinity.FURTHEST)
    return affinity.sum_steps(steps).join(affinity.shares(affinity.count_items(views)), FOLLOWER)
