"""Revenue by the placement from which a product was last opened, carted or bought."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.domain.event import EventType
from personalization.exports.report.figures import ELSEWHERE
from personalization.priors import warehouse as names
from spark_jobs.transforms.report import columns as c
from spark_jobs.transforms.report.lines import product_lines, with_rest

PLACEMENTS_KEPT = 15
CURRENCIES_KEPT = 5
_TOUCHES = (EventType.PRODUCT_VIEW, EventType.ADD_TO_CART, EventType.CHECKOUT)
_TOUCHED_AT = "touched_at"
_MILLION = 1_000_000


def placement_revenue(events: DataFrame, slates: DataFrame, products: DataFrame) -> DataFrame:
    """Return lines and revenue by placement and currency; a line has one placement (last touch).

    The price is the order's own, else the catalogue's of now.
    """
    touches = _touches(events, slates)
    sold = product_lines(events, [EventType.CHECKOUT]).select(
        c.EVENT_ID, c.SESSION_ID, c.OCCURRED_AT, c.PRODUCT_ID, c.PLACE, c.CURRENCY,
        F.coalesce(F.get(c.QUANTITIES, F.col(c.PLACE)), F.lit(1)).alias(c.QUANTITY),
        F.get(c.PRICES, F.col(c.PLACE)).alias(c.PRICE_MICROS),
    )  # fmt: skip
    key = [c.EVENT_ID, c.SESSION_ID, c.PLACE]
    last = (
        sold.select(*key, c.PRODUCT_ID, c.OCCURRED_AT)
        .join(touches, [c.SESSION_ID, c.PRODUCT_ID])
        .where(F.col(_TOUCHED_AT) <= F.col(c.OCCURRED_AT))
        .groupBy(*key)
        .agg(F.max_by(c.PLACEMENT, F.struct(_TOUCHED_AT, c.PLACEMENT)).alias(c.PLACEMENT))
    )
    priced = (
        sold.join(last, key, "left")
        .join(products.select(c.PRODUCT_ID, names.PRICE), c.PRODUCT_ID, "left")
        .withColumn("paid", F.coalesce(F.col(c.PRICE_MICROS) / _MILLION, F.col(names.PRICE)))
    )
    counts = priced.groupBy(
        F.coalesce(c.PLACEMENT, F.lit(ELSEWHERE)).alias(c.PLACEMENT),
        F.coalesce(c.CURRENCY, F.lit("")).alias(c.CURRENCY),
    ).agg(
        F.count("*").alias(c.COUNT),
        F.count_if(F.col("paid").isNull()).alias("unpriced"),
        F.coalesce(F.sum(F.col("paid") * F.col(c.QUANTITY)), F.lit(0.0)).alias("revenue"),
    )
    named = with_rest(with_rest(counts, c.PLACEMENT, PLACEMENTS_KEPT), c.CURRENCY, CURRENCIES_KEPT)
    return (
        named.groupBy(c.PLACEMENT, c.CURRENCY)
        .agg(
            F.sum(c.COUNT).alias("lines"),
            F.sum("unpriced").alias("unpriced"),
            F.sum("revenue").alias("revenue"),
        )
        .orderBy(F.desc("revenue"), c.PLACEMENT, c.CURRENCY)
    )


def _touches(events: DataFrame, slates: DataFrame) -> DataFrame:
    """Return when a session took a product from which placement."""
    # A decision that shows a product twice counts for one placement, always the same.
    placed = slates.groupBy(c.DECISION_ID, c.PRODUCT_ID).agg(F.min(c.PLACEMENT).alias(c.PLACEMENT))
    taken = product_lines(events.where(F.col(c.DECISION_ID).isNotNull()), _TOUCHES)
    return taken.join(placed, [c.DECISION_ID, c.PRODUCT_ID]).select(
        c.SESSION_ID, c.PRODUCT_ID, F.col(c.OCCURRED_AT).alias(_TOUCHED_AT), c.PLACEMENT
    )
