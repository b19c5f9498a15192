"""Contributions: how much of everything, and of a product, comes from one shopper.

What a night counts is limited for each shopper already; this is the second look, at what came of
it, before it is promoted.
"""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from personalization.priors import warehouse as names
from spark_jobs.columns import SHARE, SHOPPER, WEIGHT

FIRST_PRODUCTS = 10
"""Of the shop: what everybody sees."""
_TOTAL = "total"


def count_and_largest_share(interactions: DataFrame) -> tuple[int, float]:
    """Return the number of shoppers, and the largest share that one has of all good rewards."""
    totals = _positive(interactions).groupBy(SHOPPER).agg(F.sum(names.REWARD).alias(WEIGHT))
    [(shoppers, largest, total)] = totals.agg(F.count("*"), F.max(WEIGHT), F.sum(WEIGHT)).collect()
    return shoppers, largest / total if total else 0.0


def largest_product_share(interactions: DataFrame) -> tuple[str, float] | None:
    """Return which of the shop's first products owes one shopper most, and that share."""
    product = Window.partitionBy(names.PRODUCT_ID)
    shares = (
        _positive(interactions)
        .groupBy(names.PRODUCT_ID, SHOPPER)
        .agg(F.sum(names.REWARD).alias(WEIGHT))
        .withColumn(_TOTAL, F.sum(WEIGHT).over(product))
        .groupBy(names.PRODUCT_ID)
        .agg(F.max(_TOTAL).alias(_TOTAL), F.max(F.col(WEIGHT) / F.col(_TOTAL)).alias(SHARE))
    )
    first = shares.orderBy(F.desc(_TOTAL), names.PRODUCT_ID).limit(FIRST_PRODUCTS)
    rows = first.orderBy(F.desc(SHARE), names.PRODUCT_ID).limit(1).collect()
    return (rows[0][names.PRODUCT_ID], rows[0][SHARE]) if rows else None


def _positive(interactions: DataFrame) -> DataFrame:
    return interactions.where(F.col(names.REWARD) > 0)
