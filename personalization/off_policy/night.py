"""One day's off-policy evaluation: the sums that Spark makes, and the report made of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from personalization.codec.json_codec import JsonCodec
from personalization.off_policy.estimator import Estimator
from personalization.off_policy.reliability import Reliability, Support, judge
from personalization.off_policy.weight_summary import WeightSummary
from personalization.statistics.ratio_sums import Interval, RatioSums


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySums:
    """What is left of all rounds once a policy has been asked about: enough for every estimate."""

    policy: str
    weights: WeightSummary
    estimators: dict[Estimator, RatioSums]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedEstimate:
    policy: str
    estimator: Estimator
    value: float | None
    interval: Interval | None
    verdict: Reliability
    effective_rounds: float
    largest_weight: float
    heaviest_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OffPolicyReport:
    """What other policies would have been worth in the positions seen of one day's decisions."""

    day: date
    rounds: int
    sessions: int
    estimates: tuple[ReportedEstimate, ...]
    made_up: int = 0
    """Impressions of what was never shown to their session, left out."""


SUMS: JsonCodec[tuple[PolicySums, ...]] = JsonCodec(tuple[PolicySums, ...])
REPORT: JsonCodec[OffPolicyReport] = JsonCodec(OffPolicyReport)


def report_of(day: date, sums: Sequence[PolicySums], made_up: int = 0) -> OffPolicyReport:
    return OffPolicyReport(
        day=day,
        rounds=max((sum_.weights.rounds for sum_ in sums), default=0),
        sessions=max((sum_.weights.sessions for sum_ in sums), default=0),
        estimates=tuple(_report(sum_, estimator) for sum_ in sums for estimator in sum_.estimators),
        made_up=made_up,
    )


def _report(sums: PolicySums, estimator: Estimator) -> ReportedEstimate:
    verdict, weights = judge(estimator, sums.weights), sums.weights
    refused = verdict.standing is Support.REFUSED
    ratio = sums.estimators[estimator]
    return ReportedEstimate(
        policy=sums.policy,
        estimator=estimator,
        value=None if refused else ratio.value,
        interval=None if refused else ratio.normal_interval(),
        verdict=verdict,
        effective_rounds=weights.effective_rounds,
        largest_weight=weights.largest,
        heaviest_share=weights.heaviest_share,
    )
