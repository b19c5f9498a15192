import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.domain.privacy.small_counts import (
    ALL_COUNTS,
    NONE_OF_FEW,
    SmallCounts,
    SmallCountsAs,
    two_digits,
)

PEOPLE = st.integers(0, 3_000_000)
SMALLEST = st.integers(2, 5_000)


@pytest.mark.parametrize(
    ("people", "smallest", "told"),
    [
        (0, 10, None),
        (9, 10, None),
        (10, 10, 10),
        (19, 10, 10),
        (99, 10, 90),
        (705, 10, 700),
        (1_234, 10, 1_200),
        (24, 25, None),
        (74, 25, 50),
        (1_234, 25, 1_225),
        (1_234, 500, 1_000),
        (2, 3, None),
        (3, 3, 3),
    ],
)
def test_a_number_is_rounded_down_or_not_told(people: int, smallest: int, told: int | None) -> None:
    assert SmallCounts(smallest).round_down(people) == told


@pytest.mark.parametrize("smallest", [0, 1])
def test_without_a_smallest_count_every_number_is_told(smallest: int) -> None:
    counts = SmallCounts(smallest)
    assert [counts.round_down(people) for people in (0, 1, 7, 705)] == [0, 1, 7, 705]
    assert (counts.figure(0), counts.amount(0.123, 1)) == (0, 0.123)


def test_a_figure_of_too_few_is_absent_or_zero() -> None:
    assert NONE_OF_FEW.figure(9) is None
    assert SmallCounts(10, SmallCountsAs.ROUND).figure(9) == 0
    assert SmallCounts(10, SmallCountsAs.ROUND).figure(47) == 40
    assert ALL_COUNTS.figure(9) == 9


def test_an_amount_of_too_few_is_never_told() -> None:
    for small in SmallCountsAs:
        assert SmallCounts(10, small).amount(3.25, 9) is None
        assert SmallCounts(10, small).amount(0.0837, 12) == 0.083


@given(PEOPLE, SMALLEST)
def test_what_is_told_never_exceeds_the_truth_and_stays_when_told_again(
    people: int, smallest: int
) -> None:
    counts = SmallCounts(smallest)
    told = counts.round_down(people)
    assert (told is None) == (people < smallest)
    if told is not None:
        assert smallest <= told <= people
        assert counts.round_down(told) == told


@given(PEOPLE, SMALLEST)
def test_a_person_more_never_lowers_what_is_told_and_seldom_changes_it(
    people: int, smallest: int
) -> None:
    counts = SmallCounts(smallest)
    before, after = counts.round_down(people) or 0, counts.round_down(people + 1) or 0
    assert after in {before, people + 1}
    # Numbers that are told lie at least the smallest count apart.
    assert after == before or after - before >= smallest


@given(st.integers(0, 200_000), SMALLEST)
def test_the_first_number_told_is_the_smallest_that_reaches_it(least: int, smallest: int) -> None:
    counts = SmallCounts(smallest)
    first = counts.next_figure(least)
    if least > 0:
        assert (counts.round_down(first) or 0) >= least > (counts.round_down(first - 1) or 0)


@given(st.floats(1e-9, 1e9))
def test_two_digits_are_never_more_than_the_amount(amount: float) -> None:
    told = two_digits(amount)
    assert 0.9 * amount < told <= amount
    assert two_digits(told) == told
