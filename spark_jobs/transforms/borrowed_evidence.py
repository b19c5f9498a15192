"""Borrowed evidence: what products with few viewers have from those of similar content.

With n viewers of a product, s(c, 1), ..., s(c, 5) the most similar of enough viewers to a cold c,
each weighing by its similarity, the weights of each c adding up to 1:

    trust(c)    = k / (n_c + k),  k = HALFWAY
    next(c, b) <- (1 - trust(c)) next(c, b) + trust(c) * sum_i weight_i next(s(c, i), b)
    next(a, c) <- next(a, c) + SHARE * trust(c) * sum_i weight_i next(a, s(c, i))

First the lists of cold products are made, then cold products are put on the lists of all, at most
`MOST_COLD` on each. Only the first `FOLLOWERS` followers lend their place, each to its `MOST_COLD`
nearest: however many products a shop lists in a day, shoppers see mostly what others looked at.

The numbers were chosen on the last ten days of July of a clothing shop, a fifth of whose products
were hidden from the days before (docs/quality.md).
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.priors import warehouse as names
from spark_jobs.columns import ITEM, VIEWERS

COLD_VIEWERS = 50
"""A product of as many viewers borrows nothing."""
LENDING_VIEWERS = 20
"""A product of as many lends."""
HALFWAY = 20
"""k: with so many viewers of its own, a product borrows half."""
SHARE = 0.75
"""What a cold product takes of its neighbours' chances: all of it costs known products more."""
SOURCES = 5
FOLLOWERS = 20
MOST_COLD = 20
"""A third of a list."""
MOST_BORROWERS = 50_000
_WEIGHT_UNIT = 1_000
_VALUE_UNIT = 1_000_000_000
"""Whole numbers: sums of floats depend on their order."""

_SOURCE, _WEIGHT, _TRUST, _LENT, _OWN = "source", "source_weight", "trust", "lent", "own"


def cold_products(products: DataFrame, viewers: DataFrame) -> DataFrame:
    """Return the ids of the products that borrow, at most `MOST_BORROWERS`.

    First those that somebody viewed, then the newest: for the others the night would be hours
    longer, and who opens one finds what its category leads with. `viewers` has item and viewers.
    """
    own = viewers.select(F.col(ITEM).alias(names.PRODUCT_ID), VIEWERS)
    known = F.coalesce(F.col(VIEWERS), F.lit(0))
    return (
        products.select(names.PRODUCT_ID, names.LISTED_ON)
        .join(own, names.PRODUCT_ID, "left")
        .where(known < COLD_VIEWERS)
        .orderBy(F.desc(known), F.desc_nulls_last(names.LISTED_ON), names.PRODUCT_ID)
        .limit(MOST_BORROWERS)
        .select(names.PRODUCT_ID)
    )


def lending_sources(similar: DataFrame, viewers: DataFrame) -> DataFrame:
    """Return for each cold product (item) its sources with weights, and its trust.

    `similar` has the cold products as keys, and as members what is similar to them; `viewers` has
    item and viewers.
    """
    warm = viewers.where(F.col(VIEWERS) >= LENDING_VIEWERS).select(
        F.col(ITEM).alias(names.MEMBER_ID)
    )
    known = F.coalesce(F.col(VIEWERS), F.lit(0))
    own = viewers.select(F.col(ITEM).alias(names.KEY), VIEWERS)
    first = Window.partitionBy(names.KEY).orderBy(F.desc(names.STRENGTH), F.asc(names.MEMBER_ID))
    whole = F.sum("units").over(Window.partitionBy(names.KEY))
    return (
        similar.select(names.KEY, names.MEMBER_ID, names.STRENGTH)
        .join(own, names.KEY, "left")
        .join(warm, names.MEMBER_ID, "left_semi")
        .withColumn("place", F.row_number().over(first))
        .where(F.col("place") <= SOURCES)
        .withColumn("units", F.round(F.col(names.STRENGTH) * _VALUE_UNIT).cast("long"))
        .select(
            F.col(names.KEY).alias(ITEM),
            F.col(names.MEMBER_ID).alias(_SOURCE),
            names.STRENGTH,
            F.round(F.col("units") / whole * _WEIGHT_UNIT).cast("long").alias(_WEIGHT),
            (F.lit(HALFWAY) / (known + HALFWAY)).alias(_TRUST),
        )
    )


def with_lists_of_cold(following: DataFrame, sources: DataFrame) -> DataFrame:
    """Return key, member, value and support of followers, those that cold products borrow too."""
    borrowed = (
        sources.join(_first_followers(following), F.col(_SOURCE) == F.col(names.KEY))
        .where(F.col(ITEM) != F.col(names.MEMBER_ID))
        .groupBy(F.col(ITEM).alias(names.KEY), names.MEMBER_ID)
        .agg(*_sums())
    )
    trusts = sources.select(F.col(ITEM).alias(names.KEY), F.col(_TRUST).alias("kept")).distinct()
    own = following.join(trusts, names.KEY, "left").withColumn(
        names.VALUE, F.col(names.VALUE) * (1 - F.coalesce(F.col("kept"), F.lit(0.0)))
    )
    return _add_lent(own, borrowed, 1.0)


def with_cold_members(lists: DataFrame, sources: DataFrame) -> DataFrame:
    """Return the same with cold products on the lists of what others are followed by."""
    first = Window.partitionBy(names.KEY).orderBy(F.desc(_LENT), F.asc(names.MEMBER_ID))
    most = Window.partitionBy(_SOURCE).orderBy(F.desc(names.STRENGTH), F.asc(ITEM))
    lent = sources.withColumn("place", F.row_number().over(most)).where(F.col("place") <= MOST_COLD)
    borrowed = (
        lent.join(_first_followers(lists).withColumnRenamed(names.MEMBER_ID, _SOURCE), _SOURCE)
        .where(F.col(ITEM) != F.col(names.KEY))
        .groupBy(names.KEY, F.col(ITEM).alias(names.MEMBER_ID))
        .agg(*_sums())
        .withColumn("place", F.row_number().over(first))
        .where(F.col("place") <= MOST_COLD)
        .drop("place")
    )
    return _add_lent(lists, borrowed, SHARE)


def _sums() -> tuple[Column, ...]:
    lent = F.col(_WEIGHT) * F.round(F.col(names.VALUE) * _VALUE_UNIT).cast("long")
    return (
        F.sum(lent).alias(_LENT),
        F.max(_TRUST).alias(_TRUST),
        F.max(names.SUPPORT).alias("lent_support"),
    )


def _first_followers(following: DataFrame) -> DataFrame:
    first = Window.partitionBy(names.KEY).orderBy(F.desc(names.VALUE), F.asc(names.MEMBER_ID))
    return following.withColumn("place", F.row_number().over(first)).where(
        F.col("place") <= FOLLOWERS
    )


def _add_lent(own: DataFrame, borrowed: DataFrame, share: float) -> DataFrame:
    lent = share * F.col(_TRUST) * F.col(_LENT) / (_WEIGHT_UNIT * _VALUE_UNIT)
    supports = F.coalesce(F.col(names.SUPPORT), F.lit(0)), F.coalesce("lent_support", F.lit(0))
    return (
        own.select(names.KEY, names.MEMBER_ID, F.col(names.VALUE).alias(_OWN), names.SUPPORT)
        .join(borrowed, [names.KEY, names.MEMBER_ID], "full")
        .select(
            names.KEY,
            names.MEMBER_ID,
            (F.coalesce(F.col(_OWN), F.lit(0.0)) + F.coalesce(lent, F.lit(0.0))).alias(names.VALUE),
            F.greatest(*supports).alias(names.SUPPORT),
        )
    )
