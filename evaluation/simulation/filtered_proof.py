"""Whether what is learned and estimated of filtered rows is true, where the truth is known.

Visits are cut into logs, each of its own shoppers. In each log every estimator is asked what every
target policy would have been worth, from what was kept alone: events and decisions, attributed and
weighed as the nightly evaluation does. The truth is what the target would have been clicked by the
true chances in the positions of all logs: each decision's filtered set is its actions, so a
propensity over anything else would show as bias.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from scipy.stats import t as student

from evaluation.simulation.calibration import Floats
from evaluation.simulation.filtered_shop import FilteredShop
from evaluation.simulation.filtered_visits import PRODUCT_NUMBERS, FilteredVisit
from evaluation.simulation.online_models import OnlineModels
from personalization.domain.event import EventType
from personalization.domain.identifiers import DecisionId, SessionId
from personalization.domain.reward import OUTCOME_SCALE, REWARDS
from personalization.learning.impressions import ImpressionOutcome
from personalization.learning.past_rounds import PastRounds, Period
from personalization.learning.rounds import ShownImpression, learning_round
from personalization.off_policy.estimate import estimate
from personalization.off_policy.estimator import Estimator
from personalization.off_policy.estimators import ESTIMATORS, group_by_session, sums_of
from personalization.off_policy.past_log import weigh_by_policy
from personalization.off_policy.reward_model import RewardModel
from personalization.off_policy.round_table import round_table
from personalization.off_policy.target_policies import TargetPolicy
from personalization.ports.stores import KeptStores
from personalization.replay.decision_replay import DecisionReplay
from personalization.statistics.ratio_sums import Interval

CLICK = (REWARDS[EventType.PRODUCT_VIEW] or 0.0) / OUTCOME_SCALE
"""The outcome of an impression that was clicked once."""
ASKED = (Estimator.IPS, Estimator.SNIPS, Estimator.DR)
LAST_MOMENT = datetime(9000, 1, 1, tzinfo=UTC)
MOST_OF_A_VISIT = 1_000


@dataclass(slots=True)
class Answers:
    """What one estimator said of one target, a number a log."""

    values: list[float] = field(default_factory=list)
    intervals: list[Interval | None] = field(default_factory=list)
    """None where the verdict refused an answer."""


@dataclass(slots=True)
class FilteredProof:
    logs: int = 0
    rounds: int = 0
    answers: defaultdict[tuple[str, Estimator], Answers] = field(
        default_factory=lambda: defaultdict(Answers)
    )
    clicked: defaultdict[str, list[tuple[float, float]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """Target -> the true outcome and the number of rounds of each log."""

    def truth(self, target: str) -> float:
        outcomes, rounds = np.array(self.clicked[target]).sum(axis=0)
        return float(outcomes / rounds)

    def answer_count(self, target: str, estimator: Estimator) -> int:
        """Return in how many logs the verdict let an answer through."""
        return sum(given is not None for given in self.answers[target, estimator].intervals)

    def coverage(self, target: str, estimator: Estimator) -> float:
        """Return how many of the intervals given held the truth; not a number for none."""
        truth = self.truth(target)
        given = [found for found in self.answers[target, estimator].intervals if found is not None]
        return float(np.mean([truth in interval for interval in given])) if given else float("nan")

    def bias(self, target: str, estimator: Estimator) -> tuple[float, float]:
        """Return the mean error in parts of the truth, and the error of that mean."""
        truth = self.truth(target)
        errors = np.array(self.answers[target, estimator].values) / truth - 1
        return float(errors.mean()), float(errors.std(ddof=1) / len(errors) ** 0.5)


@dataclass(frozen=True, slots=True)
class KeptVisits:
    """Visits as the stores have them, with the types of the shoppers, which nobody else knows."""

    shop: FilteredShop
    rounds: PastRounds
    kinds: dict[SessionId, int] = field(default_factory=dict[SessionId, int])
    numbers: dict[DecisionId, int] = field(default_factory=dict[DecisionId, int])
    """Of the visit of each decision."""

    def keep(self, kept: KeptStores, visits: Iterable[FilteredVisit]) -> None:
        for visit in visits:
            number = len(self.kinds)
            self.kinds[visit.session_id] = visit.kind
            self.numbers.update((record.decision.decision_id, number) for record in visit.records)
            kept.history.append(visit.events)
            kept.decisions.append(visit.records)

    def logs(self, visits: int) -> Iterator[list[ShownImpression]]:
        """Yield the seen positions of every so many visits."""
        settled = self.rounds.read_outcomes(Period(), LAST_MOMENT).settled
        logs: defaultdict[int, list[ImpressionOutcome]] = defaultdict(list)
        for outcome in settled:
            logs[self.numbers[outcome.decision_id] // visits].append(outcome)
        for log in sorted(logs):
            yield list(self.rounds.impressions(logs[log]))

    def true_outcomes(self, shown: Sequence[ShownImpression], target: Floats) -> Floats:
        """Return what a target's probabilities would have been worth in each position."""
        chances = np.zeros_like(target)
        for row, position in enumerate(shown):
            kind = self.kinds[position.decision.session_id]
            chances[row, : len(position.remaining)] = [
                self.shop.chance(kind, PRODUCT_NUMBERS[action.product_id], position.slot.position)
                for action in position.remaining
            ]
        outcomes: Floats = np.einsum("ij,ij->i", target, chances) * CLICK
        return outcomes


def prove(
    visits: KeptVisits, policies: Sequence[TargetPolicy], logs: Iterable[list[ShownImpression]]
) -> FilteredProof:
    """Ask all of each log, and lay the truth beside it."""
    proof = FilteredProof()
    for shown in logs:
        table = round_table(shown, policies, RewardModel(shown))
        proof.logs += 1
        proof.rounds += len(shown)
        for name, weighed in weigh_by_policy([table]).items():
            truth = visits.true_outcomes(shown, table.targets[name])
            proof.clicked[name].append((float(truth.sum()), float(len(truth))))
            for estimator in ASKED:
                answer = proof.answers[name, estimator]
                groups = group_by_session(ESTIMATORS[estimator](weighed), weighed)
                answer.values.append(sums_of(groups).value or 0.0)
                answer.intervals.append(estimate(estimator, weighed).interval)
    return proof


def learn_log(shown: Iterable[ShownImpression], online: OnlineModels) -> None:
    for position in shown:
        product = position.slot.product_id
        online.learn([learning_round(position.decision, product, position.outcome)])


def gain(proof: FilteredProof, name: str, over: str) -> tuple[float, float]:
    """Return the true gain in parts of the other's, and the half width of its 95 % interval.

    Logs are pairs: both targets are asked about the same positions.
    """
    pairs = zip(proof.clicked[name], proof.clicked[over], strict=True)
    gains = np.array([mine[0] / other[0] - 1 for mine, other in pairs])
    error = float(gains.std(ddof=1)) / len(gains) ** 0.5
    return float(gains.mean()), float(student.ppf(0.975, len(gains) - 1)) * error


def replay_all(
    kept: KeptStores, replay: DecisionReplay, sessions: Iterable[SessionId]
) -> Counter[tuple[str, bool]]:
    """Return how many decisions were made again from what, and whether they were the same."""
    counts: Counter[tuple[str, bool]] = Counter()
    for session_id in sessions:
        records = kept.decisions.list_session(session_id, LAST_MOMENT, MOST_OF_A_VISIT)
        for found in replay.replay_many(records):
            counts[found.made_from.value, found.is_equal] += 1
    return counts
