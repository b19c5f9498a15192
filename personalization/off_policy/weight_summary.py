"""What importance weights say of how much a log knows about another policy."""

from dataclasses import dataclass
from math import sqrt

HEAVIEST_SHARE = 0.01
"""The rounds of the largest weights whose part of all weight is reported, as a share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightSummary:
    """Sums of importance weights w over the rounds of a log."""

    rounds: int
    sessions: int
    total: float
    """sum(w); its expectation is the number of rounds where the log could show everything."""
    squares: float
    """sum(w^2)."""
    largest: float
    heaviest: float
    """sum(w) over the 1 % of rounds (one at least) of the largest weights."""
    switched: float
    """sum(w) over rounds in which Switch-DR trusts the reward model."""
    engaged_total: float
    """sum(w) over rounds with an outcome above 0."""
    engaged_squares: float
    """sum(w^2) over them."""
    unsupported: float
    """Mean probability that the target gives to actions that the log could not show."""

    @property
    def effective_rounds(self) -> float:
        """ESS = sum(w)^2 / sum(w^2): as many rounds of the target's own would say as much.

        Kong, A note on importance sampling using standardized weights, 1992.
        """
        return self.total**2 / self.squares if self.squares > 0 else 0.0

    @property
    def effective_engagements(self) -> float:
        return self.engaged_total**2 / self.engaged_squares if self.engaged_squares > 0 else 0.0

    @property
    def mean(self) -> float:
        """The mean weight: 1 but for chance where the log could show everything."""
        return self.total / self.rounds if self.rounds else 0.0

    @property
    def mean_error(self) -> float:
        if self.rounds <= 1:
            return 0.0
        variance = max(0.0, self.squares / self.rounds - self.mean**2)
        return sqrt(variance / (self.rounds - 1))

    @property
    def heaviest_share(self) -> float:
        return self.heaviest / self.total if self.total > 0 else 0.0

    @property
    def switched_share(self) -> float:
        return self.switched / self.total if self.total > 0 else 0.0


def heaviest_count(rounds: int) -> int:
    return max(1, round(rounds * HEAVIEST_SHARE))
