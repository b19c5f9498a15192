"""What each day of a history is like, in one pass over it: the numbers that the gates look at.

Every event becomes a row of its session, of its type with what is wrong with it, of its region,
and of each product that it names. Rows of a day and name are counted before anything is joined:
what meets the catalogue are products of days, not events, so that a product which half of all
events name is a single row of each day.

The counts merge: the profile of a day that comes in parts is the sum of theirs. Three figures do
not, since a session or a region may be in several parts: `sessions` (its sum is too much),
`largest_session` and `regions` (their maximum is too little). And which products are unknown is a
matter of the catalogue of the night that measures. So a day that has changed is measured again,
whole.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from enum import IntEnum
from functools import reduce
from itertools import groupby
from operator import add, itemgetter, or_

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F  # noqa: N812

from personalization.domain.event import STAR_RANGE, EventType
from personalization.domain.reward import REWARD_RANGE
from personalization.priors import warehouse as names
from personalization.priors.gates.day_profile import DayProfile

FIGURE, FLAGS = "figure", "flags"
EVENTS, LARGEST, DISTINCT = "events", "largest", "distinct"
"""Of a figure: all of it, what its largest name has, and how many names there are."""
_KIND, _NAME, _PLACE, _KNOWN = "counted_kind", "counted_name", "place", "is_known"
OTHER = "other"
"""Type of an event that has none of ours."""
_TYPES = [kind.value for kind in EventType]
_OF_PRODUCTS = [kind.value for kind in EventType if kind.is_of_product]
_REQUIRED = (names.EVENT_ID, names.SESSION_ID, names.TYPE, names.OCCURRED_AT, names.REWARD)


class _Counted(IntEnum):
    """What an event is counted for; products once for each that it names."""

    SESSION = 0
    TYPE = 1
    REGION = 2
    PRODUCT = 3


def measure(history: DataFrame, products: DataFrame) -> DataFrame:
    """Return the figures of each day of the history, which is read once.

    They are some tens of rows a day, whatever the history; `profiles_of` reads them.
    """
    counted = (
        _rows_of(history).groupBy(names.DAY, _KIND, _NAME, FLAGS).agg(F.count("*").alias(EVENTS))
    )
    known = products.select(
        F.lit(_Counted.PRODUCT.value).alias(_KIND),
        F.col(names.PRODUCT_ID).alias(_NAME),
        F.lit(True).alias(_KNOWN),  # noqa: FBT003 (a literal of Spark)
    )
    return (
        counted.join(known, [_KIND, _NAME], "left")
        .groupBy(names.DAY, _KIND, _figure().alias(FIGURE), FLAGS)
        .agg(
            F.sum(EVENTS).alias(EVENTS),
            F.max(EVENTS).alias(LARGEST),
            F.count("*").alias(DISTINCT),
        )
    )


def _rows_of(history: DataFrame) -> DataFrame:
    """Return a row for each event and kind, and one for each product named.

    A name is empty where there is none: what is null would be counted nowhere.
    """
    kind = F.col(_KIND)
    kinds = F.array(*(F.lit(counted.value) for counted in _Counted))
    of_type = F.when(F.col(names.TYPE).isin(*_TYPES), F.col(names.TYPE)).otherwise(OTHER)
    flags = reduce(
        add, (F.when(is_so, F.lit(1 << bit)).otherwise(0) for bit, is_so in enumerate(_faults()))
    )
    lines = history.select(
        names.DAY,
        names.SESSION_ID,
        names.REGION,
        of_type.alias(names.TYPE),
        flags.alias(FLAGS),
        F.posexplode_outer(names.PRODUCT_IDS).alias(_PLACE, names.PRODUCT_ID),
    ).withColumn(_KIND, F.explode(kinds))
    name = (
        F.when(kind == _Counted.SESSION.value, F.col(names.SESSION_ID))
        .when(kind == _Counted.TYPE.value, F.col(names.TYPE))
        .when(kind == _Counted.REGION.value, F.col(names.REGION))
        .otherwise(F.col(names.PRODUCT_ID))
    )
    counts = F.when(kind == _Counted.PRODUCT.value, F.col(_PLACE).isNotNull()).otherwise(
        F.coalesce(_PLACE, F.lit(0)) == 0
    )
    return lines.where(counts).select(
        names.DAY,
        _KIND,
        F.coalesce(name, F.lit("")).alias(_NAME),
        F.when(kind == _Counted.TYPE.value, F.col(FLAGS)).otherwise(0).alias(FLAGS),
    )


def _faults() -> list[Column]:
    """Return what may be said of an event, in the order of `_FAULTS`."""
    stars, reward = F.col(names.STARS), F.col(names.REWARD)
    lowest, highest = (limit * names.REWARD_UNIT for limit in REWARD_RANGE)
    lacks = _lacks()
    faults = {
        **lacks,
        "incomplete": reduce(or_, lacks.values()),
        "ratings": stars.isNotNull(),
        "wrong_ratings": ~stars.between(*STAR_RANGE),
        "wrong_rewards": ~reward.between(lowest, highest),
        "misplaced": F.to_date(names.OCCURRED_AT) != F.col(names.DAY),
    }
    return [faults[name] for name in _FAULTS]


_MISSING = (*_REQUIRED, names.PRODUCT_IDS, names.CATEGORY_ID)
_PLAIN = ("incomplete", "ratings", "wrong_ratings", "wrong_rewards", "misplaced")
"""Fields of a profile as they are."""
_FAULTS = (*_MISSING, *_PLAIN)
"""A bit of the flags each."""


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
    """Return what a row is counted as: its type, or whether its name is one that counts."""
    is_named = F.when(F.col(_KIND) == _Counted.PRODUCT.value, F.col(_KNOWN).isNotNull()).otherwise(
        F.col(_NAME) != ""
    )
    return F.when(F.col(_KIND) == _Counted.TYPE.value, F.col(_NAME)).otherwise(
        F.when(is_named, F.lit(_NAMED)).otherwise(_NAMELESS)
    )


_NAMED, _NAMELESS = "named", "nameless"


def profiles_of(measured: DataFrame) -> list[DayProfile]:
    """Return the rows as profiles, by day."""
    rows = sorted(measured.collect(), key=itemgetter(names.DAY))
    by_day = groupby(rows, key=itemgetter(names.DAY))
    return [_profile_of(day, list(figures)) for day, figures in by_day]


def _profile_of(day: date, rows: Sequence[Row]) -> DayProfile:
    by_type, faults = Counter[str](), Counter[str]()
    for row in rows:
        if row[_KIND] == _Counted.TYPE:
            by_type[row[FIGURE]] += row[EVENTS]
            flags = row[FLAGS]
            faults.update(
                {name: row[EVENTS] for bit, name in enumerate(_FAULTS) if flags >> bit & 1}
            )
    figures = {(row[_KIND], row[FIGURE]): row for row in rows if row[_KIND] != _Counted.TYPE}

    def count(kind: _Counted, figure: str, part: str = EVENTS) -> int:
        row = figures.get((kind, figure))
        return row[part] if row is not None else 0

    unknown = count(_Counted.PRODUCT, _NAMELESS)
    return DayProfile(
        day=day,
        events=by_type.total(),
        by_type=dict(sorted(by_type.items())),
        nulls={name: faults[name] for name in _MISSING if faults[name]},
        without_region=count(_Counted.REGION, _NAMELESS),
        lines=count(_Counted.PRODUCT, _NAMED) + unknown,
        unknown_lines=unknown,
        sessions=count(_Counted.SESSION, _NAMED, DISTINCT),
        largest_session=count(_Counted.SESSION, _NAMED, LARGEST),
        regions=count(_Counted.REGION, _NAMED, DISTINCT),
        **{name: faults[name] for name in _PLAIN},
    )
