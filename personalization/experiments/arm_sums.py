"""Sums over the settled units of one arm: all that comparisons need, whatever the number."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from personalization.domain.identifiers import ProductId
from personalization.experiments.metric import Metric
from personalization.experiments.watched_unit import RATIOS, ROW, Numbers
from personalization.statistics.ratio_sums import RatioSums

_KINDS = 6
"""Units with something to divide by, N, D, N N, N D, D D."""


@dataclass(slots=True)
class ArmSums:
    """Grows by a unit at a time; `copy` keeps how it stood."""

    units: int = 0
    sums: Numbers = field(default_factory=lambda: np.zeros((_KINDS, len(RATIOS))))
    """(kinds, metrics)."""
    shown: set[ProductId] = field(default_factory=set)

    def add(self, ratios: Numbers, shown: Iterable[ProductId]) -> None:
        """Take a settled unit: its N and D of each metric, and what it has seen."""
        above, below = ratios
        self.units += 1
        self.sums += (below > 0, above, below, above * above, above * below, below * below)
        self.shown.update(shown)

    def copy(self) -> "ArmSums":
        return ArmSums(self.units, self.sums.copy(), set(self.shown))

    def of(self, metric: Metric) -> RatioSums:
        """Return a metric's sums; a unit that has nothing to divide by is no group of it."""
        groups, above, below, squares, products, below_squares = self.sums[:, ROW[metric]].tolist()
        return RatioSums(
            groups=int(groups),
            numerator=above,
            denominator=below,
            numerator_squares=squares,
            products=products,
            denominator_squares=below_squares,
        )
