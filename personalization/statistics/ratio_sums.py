"""Sums over independent groups of rounds from which an estimate and its error follow.

Every estimator here is a ratio of two sums over rounds, v = sum(N) / sum(D): D is 1 for plain
means and the importance weight for a self-normalised one. Rounds of one session depend on each
other, so sums are kept of groups (sessions), and the error is that of the linearised ratio:

    Var(v) = G / (G - 1) * sum_g (N_g - v * D_g)^2 / sum(D)^2

(Liang and Zeger, Longitudinal data analysis using generalized linear models, Biometrika 1986; for
groups of one round and D = 1 it is the usual variance of a mean.) All terms are sums, so that
parts computed anywhere can be added.
"""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

CONFIDENCE = 0.95
"""What intervals are made for unless they say otherwise."""


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioSums:
    """G, and the sums over groups of N_g, D_g and their products."""

    groups: int
    numerator: float
    denominator: float
    numerator_squares: float
    products: float
    denominator_squares: float

    def __add__(self, other: "RatioSums") -> "RatioSums":
        return RatioSums(
            groups=self.groups + other.groups,
            numerator=self.numerator + other.numerator,
            denominator=self.denominator + other.denominator,
            numerator_squares=self.numerator_squares + other.numerator_squares,
            products=self.products + other.products,
            denominator_squares=self.denominator_squares + other.denominator_squares,
        )

    @property
    def value(self) -> float | None:
        """None where the denominator is 0."""
        return self.numerator / self.denominator if self.denominator > 0 else None

    @property
    def standard_error(self) -> float | None:
        """None for fewer than two groups."""
        value = self.value
        if value is None or self.groups <= 1:
            return None
        squares = (
            self.numerator_squares
            - 2 * value * self.products
            + value * value * self.denominator_squares
        )
        correction = self.groups / (self.groups - 1)
        return sqrt(max(0.0, squares) * correction) / self.denominator

    def normal_interval(self, confidence: float = CONFIDENCE) -> Interval | None:
        """Return value +- t * error, t being Student's quantile for G - 1 degrees of freedom."""
        value, error = self.value, self.standard_error
        if value is None or error is None:
            return None
        reach = student_quantile(0.5 + confidence / 2, self.groups - 1) * error
        return Interval(value - reach, value + reach)


def student_quantile(probability: float, degrees: int) -> float:
    """Return Student's quantile by the expansion around the normal one.

    Abramowitz and Stegun 26.7.5, three terms: below 0.1 % off from 8 degrees of freedom on.
    """
    z = NormalDist().inv_cdf(probability)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / degrees + second / degrees**2 + third / degrees**3
