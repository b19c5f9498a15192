"""What each day of a history is like, in one pass over it: the numbers that the gates look at.

Every event becomes a row of its session, with all that is counted of the event, and a row for each
product that it names. Rows of a day and session, or of a day and product, are summed before
anything is joined: what meets the catalogue are products of days, not events, so that a product
which half of all events name is a single row of each day.

The sums merge: the profile of a day that comes in parts is the sum of theirs. Three figures do
not, since a session may be in several parts: `sessions` (its sum is too much), `largest_session`
and `regions` (their maximum is too little). And which products are unknown is a matter of the
catalogue of the night that measures. So a day that has changed is measured again, whole.
"""

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from personalization.domain.event import STAR_RANGE, EventType
from personalization.domain.reward import REWARD_RANGE
from personalization.priors import warehouse as names
from personalization.priors.gates.day_profile import DayProfile

_KEY = "measured_key"
"""A session or a product, told apart by its first letters."""
_PLACE = "place"
"""0 is the row of the session."""
_KNOWN = "known"
_REGION = "any_region"
_SESSION, _PRODUCT = "s:", "p:"
_OF_TYPE, _NULL = "type_", "null_"
OTHER = "other"
"""Type of an event that has none of ours."""
_TYPES = [kind.value for kind in EventType]
_OF_PRODUCTS = [kind.value for kind in EventType if kind.is_of_product]
_REQUIRED = (names.EVENT_ID, names.SESSION_ID, names.TYPE, names.OCCURRED_AT, names.REWARD)


def measure(history: DataFrame, products: DataFrame) -> DataFrame:
    """Return a row for each day of the history, which is read once; `profiles_of` reads them."""
    counted = _event_counts()
    sums = [F.sum(F.when(F.col(_PLACE) == 0, F.col(name))).alias(name) for name in counted]
    keyed = (
        history.select(
            names.DAY,
            F.col(names.REGION).alias(_REGION),
            *[column.alias(name) for name, column in counted.items()],
            F.posexplode(_keys()).alias(_PLACE, _KEY),
        )
        .groupBy(names.DAY, _KEY)
        .agg(F.count("*").alias(_PLACE), F.min(_REGION).alias(_REGION), *sums)
    )
    known = products.select(
        F.concat(F.lit(_PRODUCT), names.PRODUCT_ID).alias(_KEY),
        F.lit(True).alias(_KNOWN),  # noqa: FBT003 (a literal of Spark)
    )
    return keyed.join(known, _KEY, "left").groupBy(names.DAY).agg(*_day_columns())


def _keys() -> Column:
    """Return the session and every product named; what has no id is one without a name."""
    session = F.concat(F.lit(_SESSION), F.coalesce(names.SESSION_ID, F.lit("")))
    named = F.transform(
        F.coalesce(names.PRODUCT_IDS, F.array().cast("array<string>")),
        lambda product: F.concat(F.lit(_PRODUCT), F.coalesce(product, F.lit(""))),
    )
    return F.concat(F.array(session), named)


def _event_counts() -> dict[str, Column]:
    """Return 1 or 0 for everything that is counted of an event."""
    kind, stars, reward = F.col(names.TYPE), F.col(names.STARS), F.col(names.REWARD)
    other = kind.isNull() | ~kind.isin(*_TYPES)
    lowest, highest = (limit * names.REWARD_UNIT for limit in REWARD_RANGE)
    flags = {
        **{f"{_OF_TYPE}{name}": kind == name for name in _TYPES},
        f"{_OF_TYPE}{OTHER}": other,
        **{f"{_NULL}{name}": lack for name, lack in _lacks().items()},
        "incomplete": reduce(or_, _lacks().values()),
        "without_region": F.col(names.REGION).isNull(),
        "ratings": stars.isNotNull(),
        "wrong_ratings": stars.isNotNull() & ~stars.between(*STAR_RANGE),
        "wrong_rewards": ~reward.between(lowest, highest),
        "misplaced": F.to_date(names.OCCURRED_AT) != F.col(names.DAY),
    }
    return {
        "events": F.lit(1),
        **{name: F.coalesce(flag.cast("int"), F.lit(0)) for name, flag in flags.items()},
    }


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


def _day_columns() -> Iterator[Column]:
    is_product = F.col(_KEY).startswith(_PRODUCT)
    for name in _event_counts():
        yield F.coalesce(F.sum(name), F.lit(0)).alias(name)
    lines = F.when(is_product, F.col(_PLACE))
    yield F.coalesce(F.sum(lines), F.lit(0)).alias("lines")
    unknown = F.when(F.col(_KNOWN).isNull(), lines)
    yield F.coalesce(F.sum(unknown), F.lit(0)).alias("unknown_lines")
    named = F.when(~is_product & (F.col(_KEY) != _SESSION), F.col(_PLACE))
    yield F.count(named).alias("sessions")
    yield F.coalesce(F.max(named), F.lit(0)).alias("largest_session")
    yield F.approx_count_distinct(_REGION).alias("regions")


def profiles_of(measured: DataFrame) -> list[DayProfile]:
    """Return the rows as profiles, by day: as many as the history has days."""
    rows = (row.asDict() for row in measured.collect())
    return sorted((_profile_of(row) for row in rows), key=lambda profile: profile.day)


def _profile_of(row: Mapping[str, object]) -> DayProfile:
    single = {name: value for name, value in row.items() if not name.startswith((_OF_TYPE, _NULL))}
    return DayProfile(
        **single,  # type: ignore[arg-type]  # the names are those of its fields
        by_type=_counts(row, _OF_TYPE),
        nulls=_counts(row, _NULL),
    )


def _counts(row: Mapping[str, object], prefix: str) -> dict[str, int]:
    """Return what is not 0, by its name without the prefix."""
    return {
        name.removeprefix(prefix): int(str(value))
        for name, value in row.items()
        if name.startswith(prefix) and value
    }
