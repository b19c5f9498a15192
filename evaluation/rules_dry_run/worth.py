from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from evaluation.rules_dry_run.under_rules import UnderRules
from personalization.learning.rounds import ShownImpression
from personalization.merchandising.rule_book import RuleBook
from personalization.off_policy.estimate import Estimate, estimate
from personalization.off_policy.estimator import Estimator
from personalization.off_policy.past_log import weigh_by_policy
from personalization.off_policy.reward_model import RewardModel
from personalization.off_policy.round_table import round_tables

BEFORE, AFTER = "current rules", "proposed rules"


@dataclass(frozen=True, slots=True)
class Worth:
    """Estimates of the mean outcome of a position, over those of which the log can know."""

    positions: int
    """Positions that were seen."""
    answered: int
    """Of them, those for which the log can know both."""
    before: Sequence[Estimate]
    after: Sequence[Estimate]


def worth_of(
    shown: Callable[[], Iterable[ShownImpression]],
    before: RuleBook,
    after: RuleBook,
    as_of: datetime,
) -> Worth | None:
    """Return SNIPS and DR estimates, None where none is known; `shown` is called several times."""
    policies = [UnderRules(BEFORE, before, as_of), UnderRules(AFTER, after, as_of)]

    def answerable() -> Iterable[ShownImpression]:
        return (seen for seen in shown() if all(policy.answers(seen) for policy in policies))

    positions, known = sum(1 for _ in shown()), sum(1 for _ in answerable())
    if not known:
        return None
    weighed = weigh_by_policy(round_tables(answerable(), policies, RewardModel(answerable())))
    ways = (Estimator.SNIPS, Estimator.DR)
    return Worth(
        positions,
        known,
        [estimate(estimator, weighed[BEFORE]) for estimator in ways],
        [estimate(estimator, weighed[AFTER]) for estimator in ways],
    )
