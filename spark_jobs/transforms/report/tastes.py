"""How often products of each category were acted on, by region or by season."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.domain.event import EventType
from personalization.priors import warehouse as names
from spark_jobs.transforms.report import columns as c
from spark_jobs.transforms.report.lines import product_lines, with_rest

SCOPES_KEPT = 12
CATEGORIES_KEPT = 12
_ACTS = (EventType.PRODUCT_VIEW, EventType.ADD_TO_CART, EventType.CHECKOUT)


def category_counts(events: DataFrame, products: DataFrame, scope: str) -> DataFrame:
    """Return views, carts and order lines by a column of the events and the product's category.

    What is known of either is left out where it is not told; the least frequent are `other`.
    """
    known = events.where(F.col(scope).isNotNull()).withColumn(c.SCOPE, F.col(scope))
    acts = (
        product_lines(known, _ACTS).groupBy(c.SCOPE, c.PRODUCT_ID).agg(F.count("*").alias(c.COUNT))
    )
    category = F.col(names.CATEGORY_ID).alias(c.CATEGORY)
    counts = acts.join(
        products.where(F.col(names.CATEGORY_ID).isNotNull()).select(c.PRODUCT_ID, category),
        c.PRODUCT_ID,
    )
    summed = counts.groupBy(c.SCOPE, c.CATEGORY).agg(F.sum(c.COUNT).alias(c.COUNT))
    named = with_rest(with_rest(summed, c.SCOPE, SCOPES_KEPT), c.CATEGORY, CATEGORIES_KEPT)
    return (
        named.groupBy(c.SCOPE, c.CATEGORY)
        .agg(F.sum(c.COUNT).alias("acts"))
        .orderBy(c.SCOPE, c.CATEGORY)
    )
