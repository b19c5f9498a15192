"""Events as lines of one product each, and products as members of groups."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.domain.event import EventType
from personalization.exports.report.figures import Dimension
from personalization.priors import warehouse as names
from spark_jobs.transforms.report import columns as c

NEWNESS_DAYS = (30, 90, 365)


def product_lines(events: DataFrame, kinds: Sequence[EventType]) -> DataFrame:
    """Return a row for each product that these events name, with its place in the event."""
    named = events.where(F.col(c.TYPE).isin(*(kind.value for kind in kinds)))
    return named.select("*", F.posexplode(c.PRODUCT_IDS).alias(c.PLACE, c.PRODUCT_ID))


def product_groups(products: DataFrame, bands: Sequence[float], last_day: date) -> DataFrame:
    """Return product, dimension and group: each product has one group in every dimension."""
    groups = {
        Dimension.CATEGORY: F.col(names.CATEGORY_ID),
        Dimension.BRAND: F.col(names.BRAND),
        Dimension.PRICE: price_band(bands),
        Dimension.NEWNESS: newness(last_day),
    }
    pairs = [
        F.struct(
            F.lit(dimension.value).alias(c.DIMENSION),
            F.coalesce(group, F.lit(c.UNKNOWN)).alias(c.GROUP),
        )
        for dimension, group in groups.items()
    ]
    return products.select(c.PRODUCT_ID, F.inline(F.array(*pairs)))


def price_band(bands: Sequence[float]) -> Column:
    """Return the name of the band between two bounds; null for a product without a price."""
    if not bands:
        return F.lit(None).cast("string")
    price, found = F.col(names.PRICE), F.lit(f"above {bands[-1]:,g}")
    named = [f"up to {bands[0]:,g}"]
    named += [f"{low:,g} to {high:,g}" for low, high in pairwise(bands)]
    for bound, name in reversed(list(zip(bands, named, strict=True))):
        found = F.when(price <= bound, F.lit(name)).otherwise(found)
    return F.when(price.isNotNull(), found)


def newness(last_day: date) -> Column:
    """Return how many days a product was listed on the last day of the report."""
    age = F.date_diff(F.lit(last_day), F.col(names.LISTED_ON))
    found, lows = F.lit(f"above {NEWNESS_DAYS[-1]} days"), (0, *NEWNESS_DAYS)
    for low, high in reversed(list(zip(lows, NEWNESS_DAYS, strict=False))):
        name = f"{low} to {high} days" if low == 0 else f"{low + 1} to {high} days"
        found = F.when(age <= high, F.lit(name)).otherwise(found)
    return F.when(F.col(names.LISTED_ON).isNotNull(), found)


def with_rest(counts: DataFrame, column: str, kept: int, within: Sequence[str] = ()) -> DataFrame:
    """Call all but the most frequent values of a column `other`, by the sums of `count`."""
    totals = counts.groupBy(*within, column).agg(F.sum(c.COUNT).alias(c.WHOLE))
    by_size = (F.desc(c.WHOLE), F.asc(column))
    if within:
        place = F.row_number().over(Window.partitionBy(*within).orderBy(*by_size))
        largest = totals.withColumn(c.PLACE, place).where(F.col(c.PLACE) <= kept)
    else:
        # A window over all would bring every value to one task.
        largest = totals.orderBy(*by_size).limit(kept)
    known = F.broadcast(largest.select(*within, column, F.expr("true").alias("is_kept")))
    named = F.when(F.col("is_kept"), F.col(column)).otherwise(F.lit(c.OTHER))
    return counts.join(known, [*within, column], "left").withColumn(column, named).drop("is_kept")
