"""Events of before a grouping: what was a product then is a variant by now."""

from typing import Final

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from personalization.priors import warehouse as names

_EVENT: Final = (names.SESSION_ID, names.EVENT_ID, names.DAY)
_PLACE: Final = "place"
_COUNTED: Final = "counted"
_LINES: Final = "lines"


def with_parents(events: DataFrame, groups: DataFrame) -> DataFrame:
    """Return the events with each variant's parent in its place.

    The API names parents itself, so only events of before the grouping become others. Where there
    are no groups, nothing is computed.
    """
    if groups.isEmpty():
        return events
    parents = F.broadcast(groups)
    lines = events.select(*_EVENT, F.posexplode(names.PRODUCT_IDS).alias(_PLACE, names.PRODUCT_ID))
    counted = F.coalesce(names.GROUP_ID, names.PRODUCT_ID).alias(_COUNTED)
    by_event = (
        lines.join(parents, names.PRODUCT_ID, "left")
        .groupBy(*_EVENT)
        .agg(
            F.count(names.GROUP_ID).alias(names.SUPPORT),
            F.array_sort(F.collect_list(F.struct(_PLACE, counted))).alias(_LINES),
        )
        .where(F.col(names.SUPPORT) > 0)
        .select(*_EVENT, F.col(f"{_LINES}.{_COUNTED}").alias(_COUNTED))
    )
    named = F.coalesce(_COUNTED, names.PRODUCT_IDS).alias(names.PRODUCT_IDS)
    columns = [named if name == names.PRODUCT_IDS else F.col(name) for name in events.columns]
    return events.join(by_event, [*_EVENT], "left").select(*columns)
