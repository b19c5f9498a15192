"""Filters of pages, which may ask for numbers of people only as these are published.

Who may ask for products of at least 7 ratings, then of at least 8, has counted them.
"""

from math import ceil, floor
from typing import Final

from personalization.catalogue.filters.filter import (
    AllOf,
    AnyOf,
    Condition,
    FieldComparison,
    Filter,
    Not,
    Value,
)
from personalization.domain.privacy.small_counts import SmallCounts

NUMBERS_OF_PEOPLE: Final = frozenset({"rating_count", "bought_last_month"})


def by_published_counts(wanted: Filter, counts: SmallCounts) -> Filter:
    """Return a filter that compares numbers of people as they are rounded down, a few being 0."""
    if counts.tells_all:
        return wanted
    if isinstance(wanted, Condition):
        return _condition(wanted, counts) if wanted.field in NUMBERS_OF_PEOPLE else wanted
    if isinstance(wanted, Not):
        return Not(by_published_counts(wanted.part, counts))
    parts = tuple(by_published_counts(part, counts) for part in wanted.parts)
    return AllOf(parts) if isinstance(wanted, AllOf) else AnyOf(parts)


def _condition(condition: Condition, counts: SmallCounts) -> Filter:
    field, comparison = condition.field, condition.comparison
    if comparison is FieldComparison.EXISTS:
        return condition
    if comparison is FieldComparison.IS:
        return AnyOf(tuple(_alike(field, value, counts) for value in condition.values))
    [value] = condition.values
    bound = float(value)
    if bound < 0:
        return condition
    if comparison is FieldComparison.AT_LEAST:
        return Condition(field, comparison, (float(counts.next_figure(ceil(bound))),))
    return Condition(field, comparison, (_last_before(floor(bound) + 1, counts),))


def _alike(field: str, value: Value, counts: SmallCounts) -> Filter:
    """Return what holds for the numbers that are published as this one is."""
    number = float(value)
    if number < 0 or not number.is_integer():
        return Condition(field, FieldComparison.IS, (value,))
    told = counts.round_down(int(number)) or 0
    return AllOf(
        (
            Condition(field, FieldComparison.AT_LEAST, (float(told),)),
            Condition(field, FieldComparison.AT_MOST, (_last_before(told + 1, counts),)),
        )
    )


def _last_before(told: int, counts: SmallCounts) -> float:
    return float(counts.next_figure(told) - 1)
