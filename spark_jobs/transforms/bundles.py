"""Bundles: pairs of products that are taken together more often than chance would have it.

With N baskets, n_a and n_b of them holding each product and n_ab both, lift = n_ab N / (n_a n_b)
(Brin et al. 1997). Support is the number of shoppers whose baskets hold both. Lift alone favours
pairs seen three times, support alone favours bestsellers, so a bundle's strength is
support x ln(lift), its part of the mutual information between products, normalised over all
bundles: bundles of different products can be compared.
"""

from collections.abc import Mapping
from enum import StrEnum

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from personalization.domain.event import EventType
from personalization.domain.identifiers import MAXIMUM_ID_LENGTH
from personalization.domain.repeats import FEWEST_SHOPPERS, SEVERAL_SHOPPERS
from personalization.priors import warehouse as names
from spark_jobs.columns import BASKET, COUNT, ITEM, SHOPPER

MINIMUM_LIFT = 1.2
"""A fifth more often than chance: below that, nothing holds the pair together."""
MAXIMUM_BASKET = 100
"""Larger baskets are wholesale orders or crawlers; their pairs grow with the square."""
DIGEST_LENGTH = 32
BUNDLES_PER_PRODUCT = 10
"""Bundles kept per product; a page shows one or two."""


class BasketSource(StrEnum):
    """What puts products into one basket, the best evidence first."""

    CHECKOUT = "lines of one checkout"
    CART = "products carted in one session"
    VIEW = "products viewed in one session"


_TYPES = {
    BasketSource.CHECKOUT: (EventType.CHECKOUT, names.EVENT_ID),
    BasketSource.CART: (EventType.ADD_TO_CART, names.SESSION_ID),
    BasketSource.VIEW: (EventType.PRODUCT_VIEW, names.SESSION_ID),
}


def acted_mask() -> Column:
    """Return the bit of the source that an interaction is evidence for, in the enum's order."""
    kind = F.col(names.TYPE)
    bits = (
        F.when(kind == event_type.value, F.lit(1 << place))
        for place, (event_type, _) in enumerate(_TYPES.values())
    )
    return F.coalesce(*bits, F.lit(0))


def count_actors(acted: Column) -> list[Column]:
    """Return for each source, the best first, how many rows have its bit."""
    return [
        F.count(F.when(acted.bitwiseAND(1 << place) != 0, F.lit(1))).alias(source.name)
        for place, source in enumerate(BasketSource)
    ]


def best_source(shoppers: Mapping[BasketSource, int]) -> BasketSource:
    """Return the best evidence that several shoppers gave.

    One checkout, true or not, must not decide what all bundles are made of.
    """
    enough = (source for source in BasketSource if shoppers[source] >= SEVERAL_SHOPPERS)
    return next(enough, BasketSource.VIEW)


def baskets(interactions: DataFrame, source: BasketSource) -> DataFrame:
    """Return shopper and basket, a set of products as an array; oversized ones are left out."""
    event_type, basket = _TYPES[source]
    return (
        interactions.where(F.col(names.TYPE) == event_type.value)
        .groupBy(names.DAY, SHOPPER, F.col(basket).alias("basket_id"))
        .agg(F.collect_set(names.PRODUCT_ID).alias(BASKET))
        .where(F.size(BASKET) <= MAXIMUM_BASKET)
        .select(F.xxhash64(SHOPPER).alias(SHOPPER), BASKET)
    )


def pairs_together(taken: DataFrame) -> DataFrame:
    """Return a, b (a before b), shopper, and how many of their baskets hold both as count."""
    return (
        taken.where(F.size(BASKET) > 1)
        .select(SHOPPER, BASKET, F.explode(BASKET).alias("a"))
        .select(SHOPPER, "a", F.explode(BASKET).alias("b"))
        .where(F.col("a") < F.col("b"))
        .repartition("a")
        .groupBy("a", "b", SHOPPER)
        .agg(F.count("*").alias(COUNT))
    )


def basket_counts(taken: DataFrame) -> DataFrame:
    """Return each product (item) and how many baskets hold it (count)."""
    return taken.select(F.explode(BASKET).alias(ITEM)).groupBy(ITEM).agg(F.count("*").alias(COUNT))


def bundle_pairs(together: DataFrame, taken: DataFrame, minimum_support: int) -> DataFrame:
    """Return bundle_id, a, b, support, lift, strength, confidence_a, confidence_b.

    `taken` are the baskets, `together` their pairs.
    """
    sizes = basket_counts(taken)
    total = taken.agg(F.count("*").alias("total"))
    lift = F.col(COUNT) * F.col("total") / (F.col("n_a") * F.col("n_b"))
    pairs = (
        together.groupBy("a", "b")
        .agg(F.sum(COUNT).alias(COUNT), F.count("*").alias(names.SUPPORT))
        .where(F.col(names.SUPPORT) >= max(minimum_support, FEWEST_SHOPPERS))
        .join(_sizes_as(sizes, "a"), "a")
        .join(_sizes_as(sizes, "b"), "b")
        .crossJoin(F.broadcast(total))
        .withColumn("lift", lift)
        .where(F.col("lift") >= MINIMUM_LIFT)
    )
    information = pairs.withColumn("information", F.col(names.SUPPORT) * F.log("lift"))
    most = information.agg(F.max("information").alias("most"))
    return information.crossJoin(F.broadcast(most)).select(
        _bundle_id().alias("bundle_id"),
        "a",
        "b",
        F.col(names.SUPPORT),
        "lift",
        (F.col("information") / F.col("most")).alias(names.STRENGTH),
        (F.col(COUNT) / F.col("n_a")).alias("confidence_a"),
        (F.col(COUNT) / F.col("n_b")).alias("confidence_b"),
    )


def _bundle_id() -> Column:
    """Return the two ids joined, or their digest where that could be another pair's, or too long.

    An id may hold the plus sign: "a+b" with "c" is not "a" with "b+c".
    """
    joined = F.concat_ws("+", "a", "b")
    plain = ~F.col("a").contains("+") & ~F.col("b").contains("+")
    digest = F.sha2(F.concat_ws(names.ID_SEPARATOR, "a", "b"), 256)
    return F.when(plain & (F.length(joined) <= MAXIMUM_ID_LENGTH), joined).otherwise(
        F.substring(digest, 1, DIGEST_LENGTH)
    )


def _sizes_as(sizes: DataFrame, side: str) -> DataFrame:
    return sizes.select(F.col(ITEM).alias(side), F.col(COUNT).alias(f"n_{side}"))


def bundles_of_products(pairs: DataFrame) -> DataFrame:
    """Return product -> bundle ids; value: lift."""
    return pairs.withColumn(names.KEY, F.explode(F.array("a", "b"))).select(
        names.KEY,
        F.col("bundle_id").alias(names.MEMBER_ID),
        names.STRENGTH,
        F.col("lift").alias(names.VALUE),
        names.SUPPORT,
    )


def products_of_bundles(pairs: DataFrame, kept: DataFrame) -> DataFrame:
    """Return bundle id -> products for bundles in `kept`; value: P(the other | this one)."""
    wanted = kept.select(F.col(names.MEMBER_ID).alias(names.KEY)).distinct()
    lines = F.array(
        F.struct(F.col("a").alias(names.MEMBER_ID), F.col("confidence_a").alias(names.VALUE)),
        F.struct(F.col("b").alias(names.MEMBER_ID), F.col("confidence_b").alias(names.VALUE)),
    )
    return (
        pairs.select(
            F.col("bundle_id").alias(names.KEY), names.SUPPORT, F.explode(lines).alias("line")
        )
        .join(wanted, names.KEY)
        .select(
            names.KEY,
            "line.*",
            F.col("line.value").alias(names.STRENGTH),
            names.SUPPORT,
        )
    )
