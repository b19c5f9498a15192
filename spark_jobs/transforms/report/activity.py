"""Days and the funnel."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.domain.event import EventType
from spark_jobs.transforms.report import columns as c


def counted_events(events: DataFrame) -> DataFrame:
    """Leave out orders that only a page spoke of, where the shop's server ought to."""
    return events.where(F.coalesce(F.col(c.ATTESTED), F.expr("true")))


def day_activity(events: DataFrame) -> DataFrame:
    """Return one row a day, oldest first."""
    kinds = {
        "impressions": EventType.IMPRESSION,
        "views": EventType.PRODUCT_VIEW,
        "carts": EventType.ADD_TO_CART,
        "orders": EventType.CHECKOUT,
        "refunds": EventType.REFUND,
    }
    by_day = events.groupBy(F.col(c.DATE).alias("day")).agg(
        F.countDistinct(c.SESSION_ID).alias("sessions"),
        F.count("*").alias("events"),
        *(F.count_if(_is(kind)).alias(name) for name, kind in kinds.items()),
    )
    return by_day.orderBy("day")


def funnel(events: DataFrame) -> DataFrame:
    """Return one row: how many sessions did each of these at all."""
    viewed = _is(EventType.PRODUCT_VIEW)
    steps = {
        "visited": F.expr("true"),
        "saw": _is(EventType.IMPRESSION),
        "opened": viewed & F.col(c.DECISION_ID).isNotNull(),
        "viewed": viewed,
        "carted": _is(EventType.ADD_TO_CART),
        "bought": _is(EventType.CHECKOUT),
    }
    by_session = events.groupBy(c.SESSION_ID).agg(
        *(F.bool_or(step).alias(name) for name, step in steps.items())
    )
    return by_session.agg(*(F.count_if(F.col(name)).alias(name) for name in steps))


def _is(kind: EventType) -> Column:
    return F.col(c.TYPE) == kind.value
