"""Shoppers: who stands behind an event, and which of their repetitions count.

A session is anonymous, or names a user now and then. All of its day is that user's: by the first
of their names in the alphabet, so that one session is never more than one shopper a day. Nothing
here looks beyond a day but `without_false_returns`: days can be counted by themselves.
"""

from itertools import chain

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.window import WindowSpec

from personalization.domain.event import EventType
from personalization.domain.repeats import (
    COUNTED_A_DAY,
    COUNTED_OF_A_CATEGORY,
    COUNTED_OF_ALL,
    SEVERAL_SHOPPERS,
)
from personalization.priors import warehouse as names
from spark_jobs.columns import SHOPPER

_ORDER = (names.OCCURRED_AT, names.EVENT_ID, names.SESSION_ID)
"""The earliest count; event ids are unique within a session."""
_RETURNS = {kind.value: kind.takes_back.value for kind in EventType if kind.takes_back}
"""What takes back what."""
USER_PREFIX = "user:"
"""Of a shopper who is known."""
_PLACE = "place"
_GIVEN = "given"


def with_shopper(events: DataFrame) -> DataFrame:
    user = F.min(names.USER_ID).over(Window.partitionBy(names.DAY, names.SESSION_ID))
    session = F.concat(F.lit("session:"), F.col(names.SESSION_ID))
    return events.withColumn(SHOPPER, F.coalesce(F.concat(F.lit(USER_PREFIX), user), session))


def limit_products(interactions: DataFrame) -> DataFrame:
    """Keep what counts of each shopper, day, product and type, and of each shopper and day."""
    counted = _first_of(interactions, names.PRODUCT_ID, _times_a_day())
    day = Window.partitionBy(names.DAY, SHOPPER).orderBy(*_ORDER, names.PRODUCT_ID)
    return _within(counted, day, F.lit(COUNTED_OF_ALL))


def without_false_returns(interactions: DataFrame) -> DataFrame:
    """Leave out what takes back more than its shopper gave: anybody can send a refund.

    What nobody takes back passes as it is.
    """
    of_orders = F.col(names.TYPE).isin(*_RETURNS, *_RETURNS.values())
    rest = interactions.where(~of_orders)
    return rest.unionByName(_with_true_returns(interactions.where(of_orders)))


def _with_true_returns(interactions: DataFrame) -> DataFrame:
    kind = F.col(names.TYPE)
    gave = F.create_map(*map(F.lit, chain.from_iterable(_RETURNS.items())))[kind]
    of_one_kind = Window.partitionBy(SHOPPER, names.PRODUCT_ID, F.coalesce(gave, kind))
    given = F.sum(F.when(gave.isNull(), 1).otherwise(0)).over(of_one_kind)
    # The returns come first, so that their places count them.
    place = F.row_number().over(of_one_kind.orderBy(gave.isNull(), *_ORDER))
    numbered = interactions.withColumn(_PLACE, F.when(gave.isNotNull(), place).otherwise(0))
    kept = numbered.withColumn(_GIVEN, given).where(F.col(_PLACE) <= F.col(_GIVEN))
    return kept.drop(_PLACE, _GIVEN)


def limit_categories(interactions: DataFrame) -> DataFrame:
    """Keep what counts of each shopper, day, category and type."""
    return _first_of(interactions, names.CATEGORY_ID, F.lit(COUNTED_OF_A_CATEGORY))


def _first_of(interactions: DataFrame, item: str, times: Column) -> DataFrame:
    alike = Window.partitionBy(names.DAY, SHOPPER, item, names.TYPE).orderBy(*_ORDER)
    return _within(interactions, alike, times)


def _within(rows: DataFrame, window: WindowSpec, times: Column) -> DataFrame:
    place = F.row_number().over(window)
    return rows.withColumn(_PLACE, place).where(F.col(_PLACE) <= times).drop(_PLACE)


def _times_a_day() -> Column:
    pairs = ((F.lit(kind.value), F.lit(times)) for kind, times in COUNTED_A_DAY.items())
    return F.create_map(*chain.from_iterable(pairs))[F.col(names.TYPE)]


def confidence(support: Column, several: int = SEVERAL_SHOPPERS) -> Column:
    """Return the part of its strength that something has by the shoppers behind it, 0 to 1."""
    return F.least(support, F.lit(several)) / several
