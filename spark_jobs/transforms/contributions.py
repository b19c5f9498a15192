"""Contributions: how much of everything, and of a product, comes from one shopper.

What a night counts is limited for each shopper already; this is the second look, at what came of
it, before it is promoted.
"""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from personalization.domain.prior import GLOBAL_SCOPE
from spark_jobs.columns import ACTED, ITEM, LARGEST, POSITIVE, SCOPE, SHARE, SHOPPER, WEIGHT
from spark_jobs.transforms.bundles import BasketSource, count_actors

FIRST_PRODUCTS = 10
"""Of the shop: what everybody sees."""


@dataclass(frozen=True, slots=True)
class Contributions:
    """What shoppers gave in the period."""

    shoppers: int
    """With good rewards."""
    largest_share: float
    """Of all good rewards, that of the shopper who gave most."""
    shoppers_by_source: dict[BasketSource, int]
    """How many bought, carted and viewed."""


def contributions_of(shoppers: DataFrame) -> Contributions:
    """Sum partials of shoppers over their days (one job; one row comes to the driver)."""
    totals = (
        shoppers.select(F.xxhash64(SHOPPER).alias(SHOPPER), WEIGHT, ACTED)
        .groupBy(SHOPPER)
        .agg(F.sum(WEIGHT).alias(WEIGHT), F.bit_or(ACTED).alias(ACTED))
    )
    gave = F.col(WEIGHT) > 0
    [row] = totals.agg(
        F.count(F.when(gave, F.lit(1))).alias("shoppers"),
        F.max(WEIGHT).alias("most"),
        F.sum(WEIGHT).alias("total"),
        *count_actors(F.col(ACTED)),
    ).collect()
    share = row["most"] / row["total"] if row["total"] else 0.0
    return Contributions(
        row["shoppers"], share, {source: row[source.name] for source in BasketSource}
    )


def largest_product_share(counts: DataFrame) -> tuple[str, float] | None:
    """Return which of the shop's first products owes one shopper most, and that share.

    `counts` are those of `product_counts`.
    """
    liked = counts.where((F.col(SCOPE) == GLOBAL_SCOPE) & (F.col(POSITIVE) > 0))
    first = liked.orderBy(F.desc(POSITIVE), ITEM).limit(FIRST_PRODUCTS)
    share = (F.col(LARGEST) / F.col(POSITIVE)).alias(SHARE)
    rows = first.select(ITEM, share).orderBy(F.desc(SHARE), ITEM).limit(1).collect()
    return (rows[0][ITEM], rows[0][SHARE]) if rows else None
