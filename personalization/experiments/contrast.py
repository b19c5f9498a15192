"""An arm against its control, by one metric, in numbers that may be looked at any time.

A side's own spread may be far too small while it is: of 150 units that buy in one of a hundred
cases a fifth has no buyer yet, and 150 units that are all alike seem to know their mean exactly.
So the error of a side is that of the spread of its own units or of both sides' units together,
whichever is larger.
"""

from dataclasses import dataclass
from math import sqrt

from personalization.experiments.confidence_sequence import (
    ALPHA,
    FEWEST_UNITS,
    one_sided_radius,
    two_sided_radius,
)
from personalization.statistics.ratio_sums import Interval, RatioSums


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The sums of an arm and of its control, over units that were exposed at the same time."""

    arm: RatioSums
    control: RatioSums
    planned_units: int

    @property
    def enough(self) -> bool:
        return min(self.arm.groups, self.control.groups) >= FEWEST_UNITS

    @property
    def units(self) -> int:
        return self.arm.groups + self.control.groups


@dataclass(frozen=True, slots=True)
class Contrast:
    """The arm's value less the control's, and where the truth lies at every look."""

    difference: float
    interval: Interval
    of: float
    """The control's value, which relative figures are shares of."""

    @property
    def relative(self) -> float | None:
        return self.difference / self.of if self.of else None


def contrast(sides: Sides, alpha: float = ALPHA) -> Contrast | None:
    """Return the contrast, or None where there are too few units or no value.

    Two independent influence-function estimates: the errors' squares add up.
    """
    found = _difference(sides, factor=1.0)
    if found is None:
        return None
    difference, error, of = found
    radius = two_sided_radius(error, sides.units, sides.planned_units, alpha)
    return Contrast(difference, Interval(difference - radius, difference + radius), of)


def largest_excess(sides: Sides, largest_loss: float, alpha: float = ALPHA) -> float | None:
    """Return the upper bound of arm - (1 - largest_loss) * control; below 0 too much is lost."""
    found = _difference(sides, factor=1.0 - largest_loss)
    if found is None:
        return None
    difference, error, _ = found
    return difference + one_sided_radius(error, sides.units, sides.planned_units, alpha)


def _difference(sides: Sides, factor: float) -> tuple[float, float, float] | None:
    """Return arm - factor * control, its standard error, and the control's value."""
    arm, control = sides.arm.value, sides.control.value
    spread = _spread(sides.arm + sides.control)
    arm_error, control_error = _error(sides.arm, spread), _error(sides.control, spread)
    if not sides.enough or arm is None or control is None:
        return None
    if arm_error is None or control_error is None:
        return None
    error = sqrt(arm_error**2 + (factor * control_error) ** 2)
    # Where all units are alike, as while nobody has bought anything, nothing is known of chance.
    return (arm - factor * control, error, control) if error > 0 else None


def _spread(both: RatioSums) -> float:
    """Return the standard deviation of a group's N - v D, v being the ratio of all groups."""
    error = both.standard_error
    return error * both.denominator / sqrt(both.groups) if error is not None else 0.0


def _error(side: RatioSums, spread: float) -> float | None:
    own = side.standard_error
    return None if own is None else max(own, spread * sqrt(side.groups) / side.denominator)
