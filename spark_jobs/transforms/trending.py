"""Trending: products that draw more interest lately than the weeks before let expect.

With r the product's rewards in the last `trending_days` days, b those in the four times as many
days before, R and B the same over all products,

    growth = (r + s) / (b * R / B + s)

s = 5 rewards keep a product seen once after never from growing without bound, and R / B takes out
what all products share: the length of the windows, a holiday, more visitors. Only growth > 1 with
enough recent shoppers counts; strength = 1 - 1 / growth, the part of the recent interest that
was not to be expected.
"""

from datetime import date, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from personalization.domain.prior import GLOBAL_SCOPE
from personalization.domain.repeats import FEWEST_SHOPPERS
from personalization.priors import warehouse as names
from personalization.priors.warehouse import REWARD_UNIT
from spark_jobs.columns import SHOPPER

BASELINE_WINDOWS = 4
"""Windows before the recent one to compare with: four weeks for a week."""
SMOOTHING = 5 * REWARD_UNIT
"""s: about a handful of views."""


def trending(
    interactions: DataFrame, run_date: date, trending_days: int, minimum_support: int
) -> DataFrame:
    """Return `global` -> growing products; value: growth, support: recent shoppers."""
    recent_from = run_date - timedelta(days=trending_days - 1)
    before_from = recent_from - timedelta(days=trending_days * BASELINE_WINDOWS)
    day = F.col(names.DAY)
    is_recent = day.between(F.lit(recent_from), F.lit(run_date))
    is_before = (day >= F.lit(before_from)) & (day < F.lit(recent_from))
    zero = F.lit(0).cast("long")
    sums = interactions.groupBy(names.PRODUCT_ID).agg(
        F.sum(F.when(is_recent, F.col(names.REWARD)).otherwise(zero)).alias("recent"),
        F.sum(F.when(is_before, F.col(names.REWARD)).otherwise(zero)).alias("before"),
        F.countDistinct(F.when(is_recent, F.col(SHOPPER))).alias(names.SUPPORT),
    )
    fewest = max(minimum_support, FEWEST_SHOPPERS)
    totals = sums.agg(F.sum("recent").alias("all_recent"), F.sum("before").alias("all_before"))
    expected = F.col("before") * F.col("all_recent") / F.col("all_before")
    return (
        sums.crossJoin(F.broadcast(totals.where(F.col("all_before") > 0)))
        .withColumn(names.VALUE, (F.col("recent") + SMOOTHING) / (expected + SMOOTHING))
        .where((F.col(names.VALUE) > 1) & (F.col(names.SUPPORT) >= fewest))
        .select(
            F.lit(GLOBAL_SCOPE).alias(names.KEY),
            F.col(names.PRODUCT_ID).alias(names.MEMBER_ID),
            (1 - 1 / F.col(names.VALUE)).alias(names.STRENGTH),
            names.VALUE,
            names.SUPPORT,
        )
    )
