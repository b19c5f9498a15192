"""A page's filter finds by published numbers, so that asking twice counts nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.catalogue.filters.filter import Condition, FieldComparison, Filter
from personalization.catalogue.filters.filter_document import canonical_filter, parse_filter
from personalization.catalogue.filters.published_filter import (
    NUMBERS_OF_PEOPLE,
    by_published_counts,
)
from personalization.domain.privacy.small_counts import ALL_COUNTS, NONE_OF_FEW, SmallCounts


def _finds(wanted: Filter, number: int) -> bool:
    """Say whether a filter of one field and its parts holds for a number."""
    if isinstance(wanted, Condition):
        values = [float(value) for value in wanted.values]
        return {
            FieldComparison.AT_LEAST: number >= values[0],
            FieldComparison.AT_MOST: number <= values[0],
            FieldComparison.IS: number in values,
            FieldComparison.EXISTS: bool(values[0]),
        }[wanted.comparison]
    parts = getattr(wanted, "parts", None)
    if parts is None:
        return not _finds(wanted.part, number)  # type: ignore[union-attr]
    found = [_finds(part, number) for part in parts]
    return all(found) if type(wanted).__name__ == "AllOf" else any(found)


BOUNDS = st.one_of(st.integers(-3, 3_000), st.floats(-3, 3_000).map(lambda value: round(value, 1)))


@given(
    number=st.integers(0, 3_000),
    bound=BOUNDS,
    smallest=st.integers(2, 120),
    comparison=st.sampled_from([FieldComparison.AT_LEAST, FieldComparison.AT_MOST]),
)
def test_bounds_compare_the_published_number(
    number: int, bound: float, smallest: int, comparison: FieldComparison
) -> None:
    counts = SmallCounts(smallest)
    wanted = parse_filter({"field": "rating_count", str(comparison): bound})
    told = counts.round_down(number) or 0
    assert _finds(by_published_counts(wanted, counts), number) == _finds(wanted, told)


@given(number=st.integers(0, 3_000), other=st.integers(0, 3_000), smallest=st.integers(2, 120))
def test_equal_is_what_is_published_alike(number: int, other: int, smallest: int) -> None:
    counts = SmallCounts(smallest)
    wanted = parse_filter({"not": {"field": "bought_last_month", "is": [other, 2.5]}})
    is_alike = (counts.round_down(number) or 0) == (counts.round_down(other) or 0)
    assert _finds(by_published_counts(wanted, counts), number) is not is_alike


@pytest.mark.parametrize("field", sorted(NUMBERS_OF_PEOPLE))
def test_small_numbers_cannot_be_told_apart(field: str) -> None:
    asked = [{"field": field, "at_least": bound} for bound in range(1, 11)]
    guarded = {canonical_filter(by_published_counts(parse_filter(a), NONE_OF_FEW)) for a in asked}
    assert guarded == {f'{{"at_least":10.0,"field":"{field}"}}'}


@pytest.mark.parametrize(
    "document",
    [
        {"field": "price", "at_most": 7},
        {"any": [{"field": "brand", "is": "Acme"}, {"not": {"field": "rating", "at_least": 4}}]},
        {"field": "rating_count", "exists": True},
    ],
)
def test_what_counts_nobody_stays(document: object) -> None:
    wanted = parse_filter(document)
    assert canonical_filter(by_published_counts(wanted, NONE_OF_FEW)) == canonical_filter(wanted)


def test_a_shop_may_let_pages_ask_for_every_number() -> None:
    wanted = parse_filter({"field": "rating_count", "at_least": 7})
    assert by_published_counts(wanted, ALL_COUNTS) == wanted
