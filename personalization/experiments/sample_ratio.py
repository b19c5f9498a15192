"""Sample-ratio mismatch: whether the arms have the numbers of units that their shares promise.

If not, units got lost or were counted twice on the way, most likely not by chance alone, and no
comparison of the arms can be trusted (Fabijan et al., Diagnosing sample ratio mismatch, 2019).

The chi-square test holds for one look. The one that decides holds at every look: the odds of the
counts under a Dirichlet mixture of all shares against the promised ones,

    B(c s + n) / (B(c s) * prod_i s_i^n_i),   B(a) = prod_i Gamma(a_i) / Gamma(sum_i a_i)

exceed 1 / alpha with probability alpha at most, ever (Lindon and Malek, Anytime-valid inference
for multinomial count data, 2020). When an arm is stopped, a new phase begins among the others:
both tests add up over phases.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, exp, lgamma, log, pi, sqrt

SRM_ALPHA = 0.001
"""A mismatch stops every conclusion, so that it should hardly ever be raised by chance."""
CONCENTRATION = 100.0
"""c: how near to the promised shares the alternatives mostly are; 100 finds a share that is off
by a twentieth after some ten thousand units."""


@dataclass(frozen=True, slots=True)
class Phase:
    """The units first exposed while the same arms ran: counts and promised shares, in parallel."""

    counts: Sequence[int]
    shares: Sequence[float]
    """They add up to 1."""


@dataclass(frozen=True, slots=True)
class SampleRatio:
    p_value: float
    """Of the chi-square test, right for a single look."""
    log_odds: float
    """Natural logarithm of the odds against the promised shares, right at every look."""

    @property
    def mismatch(self) -> bool:
        return self.log_odds > log(1 / SRM_ALPHA)


def sample_ratio(phases: Sequence[Phase]) -> SampleRatio:
    """Test the counts of all phases together; phases of one arm say nothing."""
    statistic, degrees, odds = 0.0, 0, 0.0
    for phase in phases:
        total = sum(phase.counts)
        if len(phase.counts) < 2 or total == 0:  # noqa: PLR2004 - a ratio takes two
            continue
        pairs = list(zip(phase.counts, phase.shares, strict=True))
        statistic += sum((n - total * share) ** 2 / (total * share) for n, share in pairs)
        degrees += len(pairs) - 1
        odds += _log_odds(pairs, total)
    return SampleRatio(chi_square_tail(statistic, degrees), odds)


def _log_odds(pairs: Sequence[tuple[int, float]], total: int) -> float:
    odds = lgamma(CONCENTRATION) - lgamma(CONCENTRATION + total)
    for count, share in pairs:
        alpha = CONCENTRATION * share
        odds += lgamma(alpha + count) - lgamma(alpha) - count * log(share)
    return odds


def chi_square_tail(statistic: float, degrees: int) -> float:
    """Return the probability of a larger value, by the recursion over degrees of freedom.

    Abramowitz and Stegun 26.4.8: Q(x, k + 2) = Q(x, k) + (x / 2)^(k / 2) e^(-x / 2) / (k / 2)!
    """
    if degrees == 0 or statistic <= 0:
        return 1.0
    half = statistic / 2
    if degrees % 2:
        tail, term, reached = erfc(sqrt(half)), 2 * sqrt(half / pi) * exp(-half), 1
    else:
        tail, term, reached = exp(-half), half * exp(-half), 2
    while reached < degrees:
        tail += term
        reached += 2
        term *= half / (reached / 2)
    return tail
