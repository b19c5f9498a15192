"""Intervals that hold at every look, where those made for one look do not."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from personalization.experiments.confidence_sequence import (
    FEWEST_UNITS,
    one_sided_radius,
    two_sided_radius,
)
from personalization.experiments.contrast import Sides, contrast, largest_excess
from personalization.statistics.ratio_sums import RatioSums

Numbers = npt.NDArray[np.float64]
EXPERIMENTS, UNITS, EVERY, PLANNED = 400, 4_000, 10, 2_000
LOOKS = np.arange(FEWEST_UNITS, UNITS + 1, EVERY)
FIXED = 1.96


@dataclass(frozen=True)
class Looks:
    """Differences of two arms and their errors, (experiments, looks)."""

    difference: Numbers
    error: Numbers

    def ever(self, radius: Numbers) -> float:
        """Return the share of experiments in which 0 was outside at any look."""
        outside = (np.abs(self.difference) > radius * self.error) & (self.error > 0)
        return float(outside.any(axis=1).mean())

    def ever_below(self, radius: Numbers) -> float:
        """Return the share in which the upper bound fell below 0 at any look."""
        below = (self.difference < -radius * self.error) & (self.error > 0)
        return float(below.any(axis=1).mean())


def conversions(random: np.random.Generator, lift: float) -> tuple[Numbers, Numbers]:
    bought = random.random((EXPERIMENTS, UNITS)) < 0.1 * lift
    return bought.astype(np.float64), np.ones((EXPERIMENTS, UNITS))


def clicks(random: np.random.Generator, lift: float) -> tuple[Numbers, Numbers]:
    """Return clicks and positions of shoppers who differ, each with slates of six."""
    seen = (6.0 * (1 + random.poisson(3, (EXPERIMENTS, UNITS)))).astype(np.float64)
    liking = np.clip(random.beta(1, 9, (EXPERIMENTS, UNITS)) * lift, 0, 1)
    return random.binomial(seen.astype(np.int64), liking).astype(np.float64), seen


def spending(random: np.random.Generator, lift: float) -> tuple[Numbers, Numbers]:
    buys = random.random((EXPERIMENTS, UNITS)) < 0.03
    value = lift * random.lognormal(3, 1, (EXPERIMENTS, UNITS))
    return np.where(buys, value, 0.0), np.ones((EXPERIMENTS, UNITS))


KINDS = {"conversions": conversions, "clicks": clicks, "spending": spending}


def looked_at(kind: str, lift: float) -> Looks:
    random = np.random.default_rng(20_210_311)
    arm, arm_error = _ratio(*KINDS[kind](random, lift))
    control, control_error = _ratio(*KINDS[kind](random, 1.0))
    return Looks(arm - control, np.hypot(arm_error, control_error))


def _ratio(above: Numbers, below: Numbers) -> tuple[Numbers, Numbers]:
    """Return value and error of a ratio at each look, as `RatioSums` defines them."""

    def sums_at_looks(values: Numbers) -> Numbers:
        return np.cumsum(values, axis=1)[:, LOOKS - 1]

    n, d = sums_at_looks(above), sums_at_looks(below)
    value = n / d
    squares = (
        sums_at_looks(above**2)
        - 2 * value * sums_at_looks(above * below)
        + value**2 * sums_at_looks(below**2)
    )
    return value, np.sqrt(np.maximum(squares, 0) * LOOKS / (LOOKS - 1)) / d


def _radii(side: str) -> Numbers:
    made = {"both": two_sided_radius, "one": one_sided_radius}[side]
    return np.array([made(1.0, 2 * int(units), PLANNED) for units in LOOKS])


@pytest.mark.parametrize("kind", KINDS)
def test_looking_all_the_time_misleads_in_a_twentieth_at_most(kind: str) -> None:
    looks = looked_at(kind, lift=1.0)

    assert looks.ever(_radii("both")) <= 0.05
    assert looks.ever_below(_radii("one")) <= 0.05


@pytest.mark.parametrize("kind", KINDS)
def test_an_interval_for_one_look_misleads_in_a_quarter_and_more(kind: str) -> None:
    assert looked_at(kind, lift=1.0).ever(np.full(len(LOOKS), FIXED)) > 0.25


def test_a_real_difference_is_found() -> None:
    assert looked_at("clicks", lift=0.8).ever(_radii("both")) > 0.95
    assert looked_at("clicks", lift=0.9).ever(_radii("both")) > 0.8
    assert looked_at("conversions", lift=0.7).ever(_radii("both")) > 0.9


def test_the_interval_is_narrowest_where_planned() -> None:
    def width(planned: int) -> float:
        return two_sided_radius(1.0, 2_000, planned)

    assert width(2_000) < width(200)
    assert width(2_000) < width(20_000)


def test_one_side_reaches_less_far_than_two() -> None:
    assert one_sided_radius(1.0, 1_000, 2_000) < two_sided_radius(1.0, 1_000, 2_000)


def sums_of(count: int, value: float) -> RatioSums:
    """Return the sums of so many conversions' share."""
    hits = count * value
    return RatioSums(
        groups=count, numerator=hits, denominator=count,
        numerator_squares=hits, products=hits, denominator_squares=count,
    )  # fmt: skip


def test_a_contrast_is_the_difference_of_two_independent_shares() -> None:
    sides = Sides(arm=sums_of(1_000, 0.12), control=sums_of(1_000, 0.10), planned_units=2_000)

    found = contrast(sides)

    assert found is not None
    assert found.difference == pytest.approx(0.02)
    assert found.relative == pytest.approx(0.2)
    # 0.010281 by the arm's own p (1 - p) / (n - 1); the control's 0.009492 is below the 0.009897
    # that follows from p = 0.11 of both; together 0.014270.
    radius = two_sided_radius(0.014270, 2_000, 2_000)
    assert found.interval.high == pytest.approx(0.02 + radius, rel=1e-3)
    assert found.interval.low == pytest.approx(0.02 - radius, rel=1e-3)


def test_the_least_that_a_guardrail_wants_is_a_share_of_the_control() -> None:
    lost = Sides(arm=sums_of(9_000, 0.05), control=sums_of(9_000, 0.10), planned_units=2_000)

    tolerant, strict = largest_excess(lost, 0.6), largest_excess(lost, 0.3)

    assert tolerant is not None
    assert strict is not None
    assert tolerant > 0 > strict
    # The arm's own is 0.0022974, that of both sides' spread 0.0027765.
    error = float(np.hypot(0.0027765, 0.7 * 0.0031624))
    assert strict == pytest.approx(0.05 - 0.07 + one_sided_radius(error, 18_000, 2_000), rel=1e-3)


@pytest.mark.parametrize(("share", "chance"), [(0.1, 0.01), (0.05, 0.02), (0.5, 0.01)])
def test_a_small_arm_that_has_sold_nothing_yet_is_not_stopped_for_it(
    share: float, chance: float
) -> None:
    random = np.random.default_rng(20_210_311)
    experiments, units = 200, 6_000
    in_arm = random.random((experiments, units)) < share
    bought = random.random((experiments, units)) < chance
    looks = np.arange(49, units, 50)
    counts = [
        np.cumsum(units, axis=1)[:, looks]
        for units in (in_arm, in_arm & bought, ~in_arm, ~in_arm & bought)
    ]

    stopped = sum(
        any(_loses(*(int(of[row, look]) for of in counts)) for look in range(len(looks)))
        for row in range(experiments)
    )

    assert stopped <= 0.05 * experiments


def _loses(units: int, bought: int, control_units: int, control_bought: int) -> bool:
    """Say whether the stop rule would find a loss in either of its ways."""
    sides = Sides(
        arm=sums_of(units, bought / max(1, units)),
        control=sums_of(control_units, control_bought / max(1, control_units)),
        planned_units=PLANNED,
    )
    found, excess = contrast(sides), largest_excess(sides, 0.05)
    return (found is not None and found.interval.high < 0) or (excess is not None and excess < 0)


def test_an_arm_that_sells_nothing_at_all_is_found_to_lose() -> None:
    assert not _loses(200, 0, 1_800, 18)
    assert _loses(2_000, 0, 18_000, 180)


def test_too_few_units_say_nothing() -> None:
    sides = Sides(
        arm=sums_of(FEWEST_UNITS - 1, 0.5), control=sums_of(5_000, 0.1), planned_units=2_000
    )

    assert contrast(sides) is None
    assert largest_excess(sides, 0.0) is None


def test_units_that_are_all_alike_say_nothing() -> None:
    sides = Sides(arm=sums_of(1_000, 0.0), control=sums_of(1_000, 0.0), planned_units=2_000)

    assert contrast(sides) is None
    assert largest_excess(sides, 0.0) is None
