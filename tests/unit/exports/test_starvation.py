"""A group is starved only where the evidence of many visits says so."""

import pytest

from personalization.exports.report.figures import Dimension, GroupExposure
from personalization.exports.report.starvation import ExposureStanding, judge_groups, share_interval
from personalization.statistics.ratio_sums import RatioSums

NOBODY = RatioSums(
    groups=0, numerator=0, denominator=0, numerator_squares=0, products=0, denominator_squares=0
)


def same_in_each(sessions: int, whole: int, counts: list[int]) -> RatioSums:
    """Return the sums of sessions of the same size, of which the first have these counts."""
    return RatioSums(
        groups=sessions,
        numerator=sum(counts),
        denominator=sessions * whole,
        numerator_squares=sum(count * count for count in counts),
        products=sum(count * whole for count in counts),
        denominator_squares=sessions * whole * whole,
    )


def a_group(
    shown: RatioSums, sold: RatioSums = NOBODY, group: str = "hats", products: int = 50
) -> GroupExposure:
    return GroupExposure(
        dimension=Dimension.CATEGORY, group=group, products=products, shown=shown, sold=sold
    )


def standing(group: GroupExposure) -> ExposureStanding:
    rest = a_group(same_in_each(100, 10, [9] * 100), group="shirts")
    return judge_groups([group, rest])[0].standing


ONE_SALE_IN_FOUR = same_in_each(100, 1, [1] * 28)


def test_independent_impressions_have_wilsons_own_interval() -> None:
    interval = share_interval(same_in_each(1_000, 1, [1] * 50), 0.95)
    assert interval is not None
    assert interval.low == pytest.approx(0.0381, abs=1e-4)
    assert interval.high == pytest.approx(0.0653, abs=1e-4)


def test_a_group_that_nobody_saw_has_an_upper_end_by_the_number_of_sessions() -> None:
    interval = share_interval(same_in_each(100, 10, []), 0.95)
    assert interval is not None
    # z^2 / (n + z^2) of 100 sessions
    assert (interval.low, interval.high) == (0.0, pytest.approx(0.03699, abs=1e-5))


def test_a_group_shown_far_below_its_sales_is_starved() -> None:
    in_every_second_visit = same_in_each(100, 10, [1] * 50)
    assert standing(a_group(in_every_second_visit, ONE_SALE_IN_FOUR)) is ExposureStanding.STARVED


def test_the_same_share_from_a_few_visits_proves_less() -> None:
    all_of_five_visits = same_in_each(100, 10, [10] * 5)
    assert standing(a_group(all_of_five_visits, ONE_SALE_IN_FOUR)) is ExposureStanding.FAIR


def test_without_enough_orders_half_of_the_catalogues_share_is_due() -> None:
    shown = same_in_each(100, 10, [1] * 50)
    # Half of the catalogue: due a quarter, and half of that is 12.5 %.
    assert standing(a_group(shown)) is ExposureStanding.STARVED
    # A fifth of the catalogue: due a tenth, and half of that is below the upper end.
    assert standing(a_group(shown, products=12)) is ExposureStanding.FAIR


def test_few_visits_and_groups_without_products_are_not_judged() -> None:
    assert standing(a_group(same_in_each(29, 10, []))) is ExposureStanding.UNKNOWN
    assert standing(a_group(NOBODY)) is ExposureStanding.UNKNOWN
    gone = a_group(same_in_each(100, 10, []), ONE_SALE_IN_FOUR, products=0)
    assert standing(gone) is ExposureStanding.UNKNOWN
