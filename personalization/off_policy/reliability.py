"""Whether a log can answer what another policy would have been worth, and why if it cannot.

An estimate is withheld rather than shown with a wide interval: where few rounds speak, the error
is estimated from the same few rounds, and a narrow interval around a wrong value is the usual
outcome. The limits are those under which intervals covered the truth in at least 93 % of simulated
logs (`tests/unit/off_policy/test_coverage.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from personalization.off_policy.estimator import Estimator
from personalization.off_policy.weight_summary import HEAVIEST_SHARE, WeightSummary

MINIMUM_ROUNDS = 200
MINIMUM_SESSIONS = 30
"""The error is estimated between sessions: fewer do not say how much they differ."""
MINIMUM_EFFECTIVE_ROUNDS = 100.0
MINIMUM_EFFECTIVE_ENGAGED = 20.0
"""Effective rounds with an outcome above 0: a rare outcome's interval misses with fewer."""
LARGEST_HEAVIEST_SHARE = 0.5
"""Beyond it a hundredth of the rounds decides the estimate."""
LARGEST_SWITCHED_SHARE = 0.1
"""Beyond it the interval of Switch-DR leaves out a bias that may be as large as itself."""
LARGEST_UNSUPPORTED = 0.001
MEAN_ERRORS = 4.0
"""A mean weight is off 1 if by this many of its errors and `MEAN_SLACK` more."""
MEAN_SLACK = 0.05


class Support(StrEnum):
    SUPPORTED = "supported"
    MODEL_ONLY = "model only"
    """It is the reward model's opinion: the interval knows nothing of the model's bias."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Reliability:
    """The standing, with every reason where the log cannot answer."""

    standing: Support
    reasons: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.standing}: {'; '.join(self.reasons)}" if self.reasons else self.standing


def judge(estimator: Estimator, weights: WeightSummary) -> Reliability:
    reasons = list(_of_log(weights))
    if estimator.uses_weights:
        reasons += _of_overlap(weights)
    if reasons:
        return Reliability(Support.REFUSED, tuple(reasons))
    if estimator is Estimator.DM:
        return Reliability(Support.MODEL_ONLY)
    if estimator is Estimator.SWITCH_DR and weights.switched_share > LARGEST_SWITCHED_SHARE:
        reason = f"{weights.switched_share:.0%} of the weight is left to the reward model"
        return Reliability(Support.MODEL_ONLY, (reason,))
    return Reliability(Support.SUPPORTED)


def _of_log(weights: WeightSummary) -> Iterator[str]:
    if weights.rounds < MINIMUM_ROUNDS:
        yield f"too few rounds ({weights.rounds} of {MINIMUM_ROUNDS})"
    if weights.sessions < MINIMUM_SESSIONS:
        yield f"too few sessions ({weights.sessions} of {MINIMUM_SESSIONS})"


def _of_overlap(weights: WeightSummary) -> Iterator[str]:
    if weights.unsupported > LARGEST_UNSUPPORTED:
        yield (
            f"the target gives {weights.unsupported:.1%} of its probability to actions that the "
            "log could not show"
        )
    if abs(weights.mean - 1) > MEAN_ERRORS * weights.mean_error + MEAN_SLACK:
        yield (
            f"the mean weight is {weights.mean:.2f} and not 1: the log never showed much of what "
            "the target would, or its propensities are wrong"
        )
    if weights.effective_rounds < MINIMUM_EFFECTIVE_ROUNDS:
        yield (
            f"too few effective rounds ({weights.effective_rounds:.0f} of "
            f"{MINIMUM_EFFECTIVE_ROUNDS:.0f})"
        )
    if weights.heaviest_share > LARGEST_HEAVIEST_SHARE:
        yield (
            f"{HEAVIEST_SHARE:.0%} of the rounds have {weights.heaviest_share:.0%} of the weight"
        )
    if weights.engaged_total <= 0:
        yield "no outcome above 0 where the target would have shown the same"
    elif weights.effective_engagements < MINIMUM_EFFECTIVE_ENGAGED:
        yield (
            f"too few effective outcomes above 0 ({weights.effective_engagements:.1f} of "
            f"{MINIMUM_EFFECTIVE_ENGAGED:.0f})"
        )
