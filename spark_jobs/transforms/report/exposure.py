"""What groups of products were shown and sold, in sums over sessions (`RatioSums`)."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.domain.event import EventType
from spark_jobs.transforms.report import columns as c
from spark_jobs.transforms.report.lines import product_lines, with_rest

GROUPS_KEPT = 20
"""Of a dimension, but for `other`."""
_KINDS = (EventType.IMPRESSION, EventType.CHECKOUT)
_SUMS = ("numerator", "numerator_squares", "products")
_WHOLE_SUMS = ("groups", "denominator", "denominator_squares")


def group_counts(events: DataFrame, groups: DataFrame, kept: int = GROUPS_KEPT) -> DataFrame:
    """Return the lines of each session, kind, dimension and group, small groups as `other`.

    The catalogue's own products are the kind `catalogue`, of no session.
    """
    by_product = (
        product_lines(events, _KINDS)
        .groupBy(c.SESSION_ID, c.TYPE, c.PRODUCT_ID)
        .agg(F.count("*").alias(c.COUNT))
    )
    dimensions = groups.select(c.DIMENSION).distinct()
    known = by_product.join(groups, c.PRODUCT_ID)
    foreign = (
        by_product.join(groups.select(c.PRODUCT_ID).distinct(), c.PRODUCT_ID, "left_anti")
        .crossJoin(F.broadcast(dimensions))
        .withColumn(c.GROUP, F.lit(c.FOREIGN))
    )
    catalogue = groups.groupBy(c.DIMENSION, c.GROUP).agg(F.count("*").alias(c.COUNT))
    all_counts = (
        known.unionByName(foreign)
        .drop(c.PRODUCT_ID)
        .unionByName(catalogue.withColumns({c.SESSION_ID: F.lit(""), c.TYPE: F.lit("catalogue")}))
    )
    keys = (c.SESSION_ID, c.TYPE, c.DIMENSION, c.GROUP)
    summed = all_counts.groupBy(*keys).agg(F.sum(c.COUNT).alias(c.COUNT))
    return (
        with_rest(summed, c.GROUP, kept, [c.DIMENSION])
        .groupBy(*keys)
        .agg(F.sum(c.COUNT).alias(c.COUNT))
    )


def exposure_sums(counts: DataFrame) -> DataFrame:
    """Return a row for each type, dimension and group, with the sums of a ratio over sessions."""
    session = [c.SESSION_ID, c.TYPE, c.DIMENSION]
    wholes = counts.groupBy(*session).agg(F.sum(c.COUNT).alias(c.WHOLE))
    per_type = wholes.groupBy(c.TYPE, c.DIMENSION).agg(
        F.count("*").alias("groups"),
        F.sum(c.WHOLE).cast("double").alias("denominator"),
        _sum_of(F.col(c.WHOLE), F.col(c.WHOLE)).alias("denominator_squares"),
    )
    count, whole = F.col(c.COUNT), F.col(c.WHOLE)
    per_group = (
        counts.join(wholes, session)
        .groupBy(c.TYPE, c.DIMENSION, c.GROUP)
        .agg(
            F.sum(count).cast("double").alias("numerator"),
            _sum_of(count, count).alias("numerator_squares"),
            _sum_of(count, whole).alias("products"),
        )
    )
    return per_group.join(F.broadcast(per_type), [c.TYPE, c.DIMENSION]).select(
        c.TYPE, c.DIMENSION, c.GROUP, *_WHOLE_SUMS, *_SUMS
    )


def _sum_of(first: Column, second: Column) -> Column:
    return F.sum(first.cast("double") * second.cast("double"))
