"""Trending: products that draw more interest lately than the weeks before let expect.

With r the product's rewards in the last `trending_days` days, b those in the four times as many
days before, R and B the same over all products,

    growth = (r + s) / (b * R / B + s)

s = 5 rewards keep a product seen once after never from growing without bound, and R / B takes out
what all products share: the length of the windows, a holiday, more visitors. Only growth > 1 with
enough recent shoppers counts; strength = 1 - 1 / growth, the part of the recent interest that
was not to be expected.
"""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from personalization.domain.prior import GLOBAL_SCOPE
from personalization.domain.repeats import FEWEST_SHOPPERS
from personalization.priors import warehouse as names
from personalization.priors.warehouse import REWARD_UNIT
from spark_jobs.columns import BEFORE, ITEM, RECENT, RECENT_SHOPPERS, SCOPE

SMOOTHING = 5 * REWARD_UNIT
"""s: about a handful of views."""


def trending(counts: DataFrame, minimum_support: int) -> DataFrame:
    """Return `global` -> growing products; value: growth, support: recent shoppers.

    `counts` are those of `product_counts`.
    """
    sums = counts.where(F.col(SCOPE) == GLOBAL_SCOPE).select(
        ITEM, RECENT, BEFORE, F.col(RECENT_SHOPPERS).alias(names.SUPPORT)
    )
    fewest = max(minimum_support, FEWEST_SHOPPERS)
    totals = sums.agg(F.sum(RECENT).alias("all_recent"), F.sum(BEFORE).alias("all_before"))
    expected = F.col(BEFORE) * F.col("all_recent") / F.col("all_before")
    return (
        sums.crossJoin(F.broadcast(totals.where(F.col("all_before") > 0)))
        .withColumn(names.VALUE, (F.col(RECENT) + SMOOTHING) / (expected + SMOOTHING))
        .where((F.col(names.VALUE) > 1) & (F.col(names.SUPPORT) >= fewest))
        .select(
            F.lit(GLOBAL_SCOPE).alias(names.KEY),
            F.col(ITEM).alias(names.MEMBER_ID),
            (1 - 1 / F.col(names.VALUE)).alias(names.STRENGTH),
            names.VALUE,
            names.SUPPORT,
        )
    )
