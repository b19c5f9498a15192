"""Confidence sequences: intervals that hold at every look, however often one looks.

A fixed 95 % interval misses the truth in 5 % of experiments if it is looked at once, and in far
more if one looks until it says something. These are wider, and hold at all looks together.

    value +- error * sqrt(2 (1 + 1 / (t rho^2)) log(sqrt(t rho^2 + 1) / alpha))

after t units, `error` being the standard error of the value. Asymptotic, by Gaussian mixture:
Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, Time-uniform central limit theory and asymptotic
confidence sequences, 2021 (theorem 2.2; for one side proposition B.1: log(1 + sqrt(..) / 2 alpha)).
They are valid from some number of units on: `FEWEST_UNITS` is where simulations say so.
"""

from math import log, sqrt

ALPHA = 0.05
"""How often at most, over a whole experiment, an interval ever misses."""
FEWEST_UNITS = 100
"""Of each arm, before anything is concluded: with fewer the errors themselves are guesses."""


def _mixing(alpha: float, planned_units: int) -> float:
    """Return the rho^2 with which the interval is narrowest at the planned number of units."""
    doubt = -2.0 * log(alpha)
    return (doubt + log(doubt) + 1.0) / planned_units


def two_sided_radius(error: float, units: int, planned_units: int, alpha: float = ALPHA) -> float:
    spread = units * _mixing(alpha, planned_units)
    return error * sqrt(2 * (1 + 1 / spread) * log(sqrt(spread + 1) / alpha))


def one_sided_radius(error: float, units: int, planned_units: int, alpha: float = ALPHA) -> float:
    """Return how far the truth may be to one side, nothing being said of the other."""
    spread = units * _mixing(2 * alpha, planned_units)
    return error * sqrt(2 * (1 + 1 / spread) * log(1 + sqrt(spread + 1) / (2 * alpha)))
