from dataclasses import dataclass

from personalization.off_policy.estimator import Estimator
from personalization.off_policy.estimators import ESTIMATORS, group_by_session, sums_of
from personalization.off_policy.intervals import INTERVALS, IntervalMethod
from personalization.off_policy.reliability import Reliability, Support, judge
from personalization.off_policy.weighed_rounds import WeighedRounds
from personalization.off_policy.weight_summary import WeightSummary
from personalization.statistics.ratio_sums import CONFIDENCE, Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Value and interval are None where the verdict refuses them, or where nothing was weighed."""

    estimator: Estimator
    value: float | None
    interval: Interval | None
    weights: WeightSummary
    verdict: Reliability


def estimate(
    estimator: Estimator,
    rounds: WeighedRounds,
    method: IntervalMethod = IntervalMethod.NORMAL,
    confidence: float = CONFIDENCE,
) -> Estimate:
    weights = rounds.weights()
    verdict = judge(estimator, weights)
    refused = verdict.standing is Support.REFUSED
    groups = group_by_session(ESTIMATORS[estimator](rounds), rounds)
    return Estimate(
        estimator=estimator,
        value=None if refused else sums_of(groups).value,
        interval=None if refused else INTERVALS[method](groups, confidence),
        weights=weights,
        verdict=verdict,
    )
