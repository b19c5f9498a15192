"""What each day of a history is like, in one pass over it: the numbers that the gates look at.

Every event becomes a row of its session, its type, its region, each product that it names, and
each thing that is wrong with it. Rows of a day and name are counted before anything is joined: what
meets the catalogue are products of days, not events, so that a product which half of all events
name is a single row of each day.

The counts merge: the profile of a day that comes in parts is the sum of theirs. Three figures do
not, since a session or a region may be in several parts: `sessions` (its sum is too much),
`largest_session` and `regions` (their maximum is too little). And which products are unknown is a
matter of the catalogue of the night that measures. So a day that has changed is measured again,
whole.
"""

from collections.abc import Mapping
from datetime import date
from functools import reduce
from itertools import groupby
from operator import or_

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F  # noqa: N812

from personalization.domain.event import STAR_RANGE, EventType
from personalization.domain.reward import REWARD_RANGE
from personalization.priors import warehouse as names
from personalization.priors.gates.day_profile import DayProfile

FIGURE = "figure"
"""What is counted: one of those below, a type, or a column that is missing."""
EVENTS, LARGEST, DISTINCT = "events", "largest", "distinct"
"""Of a figure: all of it, what its largest name has, and how many names there are."""
_NAME = "counted_name"
_KNOWN = "is_known"
_SESSION, _PRODUCT, _REGION, _TYPE, _NULL = "session:", "product:", "region:", "type:", "null:"
_UNKNOWN = "unknown product"
_NAMELESS = "nameless "
OTHER = "other"
"""Type of an event that has none of ours."""
_TYPES = [kind.value for kind in EventType]
_OF_PRODUCTS = [kind.value for kind in EventType if kind.is_of_product]
_REQUIRED = (names.EVENT_ID, names.SESSION_ID, names.TYPE, names.OCCURRED_AT, names.REWARD)
_PLAIN = ("incomplete", "ratings", "wrong_ratings", "wrong_rewards", "misplaced")
"""Figures that are fields of a profile as they are."""


def measure(history: DataFrame, products: DataFrame) -> DataFrame:
    """Return a row for each day and figure of the history, which is read once.

    They are some thirty a day, whatever the history; `profiles_of` reads them.
    """
    counted = (
        history.select(names.DAY, F.explode(_names()).alias(_NAME))
        .groupBy(names.DAY, _NAME)
        .agg(F.count("*").alias(EVENTS))
    )
    known = products.select(
        F.concat(F.lit(_PRODUCT), names.PRODUCT_ID).alias(_NAME),
        F.lit(True).alias(_KNOWN),  # noqa: FBT003 (a literal of Spark)
    )
    return (
        counted.join(known, _NAME, "left")
        .groupBy(names.DAY, _figure().alias(FIGURE))
        .agg(
            F.sum(EVENTS).alias(EVENTS),
            F.max(EVENTS).alias(LARGEST),
            F.count("*").alias(DISTINCT),
        )
    )


def _names() -> Column:
    """Return everything that an event counts for."""
    kind = F.when(F.col(names.TYPE).isin(*_TYPES), F.col(names.TYPE)).otherwise(OTHER)
    named = F.transform(
        F.coalesce(names.PRODUCT_IDS, _nothing()),
        lambda product: F.concat(F.lit(_PRODUCT), F.coalesce(product, F.lit(""))),
    )
    always = F.array(
        F.concat(F.lit(_SESSION), F.coalesce(names.SESSION_ID, F.lit(""))),
        F.concat(F.lit(_TYPE), kind),
        F.concat(F.lit(_REGION), F.coalesce(names.REGION, F.lit(""))),
    )
    faults = _faults()
    told = [F.when(is_so, F.lit(name)) for name, is_so in faults.items()]
    # Nearly all events have none of these: they are not made into a list of nothing.
    faulty = F.when(reduce(or_, faults.values()), F.array_compact(F.array(*told)))
    return F.concat(always, F.coalesce(faulty, _nothing()), named)


def _nothing() -> Column:
    return F.array().cast("array<string>")


def _faults() -> dict[str, Column]:
    """Return whether an event is a rating, and what may be wrong with it."""
    stars, reward = F.col(names.STARS), F.col(names.REWARD)
    lowest, highest = (limit * names.REWARD_UNIT for limit in REWARD_RANGE)
    lacks = _lacks()
    faults = {
        **{f"{_NULL}{name}": lack for name, lack in lacks.items()},
        "incomplete": reduce(or_, lacks.values()),
        "ratings": stars.isNotNull(),
        "wrong_ratings": ~stars.between(*STAR_RANGE),
        "wrong_rewards": ~reward.between(lowest, highest),
        "misplaced": F.to_date(names.OCCURRED_AT) != F.col(names.DAY),
    }
    return {name: F.coalesce(is_so, F.lit(False)) for name, is_so in faults.items()}  # noqa: FBT003


def _lacks() -> dict[str, Column]:
    """Return for each column whether an event lacks it though its type needs it."""
    kind = F.col(names.TYPE)
    nothing = F.coalesce(F.size(names.PRODUCT_IDS), F.lit(0)) <= 0
    view = EventType.CATEGORY_VIEW.value
    lacks = {
        **{name: F.col(name).isNull() for name in _REQUIRED},
        names.PRODUCT_IDS: kind.isin(*_OF_PRODUCTS) & nothing,
        names.CATEGORY_ID: (kind == view) & F.col(names.CATEGORY_ID).isNull(),
    }
    return {name: F.coalesce(lack, F.lit(False)) for name, lack in lacks.items()}  # noqa: FBT003


def _figure() -> Column:
    """Return which figure a name is a part of."""
    name = F.col(_NAME)
    unknown = name.startswith(_PRODUCT) & F.col(_KNOWN).isNull()
    figure = F.when(unknown, F.lit(_UNKNOWN))
    for prefix in (_SESSION, _REGION):
        figure = figure.when(name == prefix, F.lit(f"{_NAMELESS}{prefix}"))
    for prefix in (_SESSION, _REGION, _PRODUCT):
        figure = figure.when(name.startswith(prefix), F.lit(prefix))
    return figure.otherwise(name)


def profiles_of(measured: DataFrame) -> list[DayProfile]:
    """Return the rows as profiles, by day."""
    rows = sorted(measured.collect(), key=lambda row: row[names.DAY])
    by_day = groupby(rows, key=lambda row: row[names.DAY])
    return [_profile_of(day, {row[FIGURE]: row for row in figures}) for day, figures in by_day]


def _profile_of(day: date, figures: Mapping[str, Row]) -> DayProfile:
    def count(figure: str, part: str = EVENTS) -> int:
        return int(figures[figure][part]) if figure in figures else 0

    by_type = _by_name(figures, _TYPE)
    return DayProfile(
        day=day,
        events=sum(by_type.values()),
        by_type=by_type,
        nulls=_by_name(figures, _NULL),
        without_region=count(f"{_NAMELESS}{_REGION}"),
        lines=count(_PRODUCT) + count(_UNKNOWN),
        unknown_lines=count(_UNKNOWN),
        sessions=count(_SESSION, DISTINCT),
        largest_session=count(_SESSION, LARGEST),
        regions=count(_REGION, DISTINCT),
        **{name: count(name) for name in _PLAIN},
    )


def _by_name(figures: Mapping[str, Row], prefix: str) -> dict[str, int]:
    found = sorted(name for name in figures if name.startswith(prefix))
    return {name.removeprefix(prefix): int(figures[name][EVENTS]) for name in found}
