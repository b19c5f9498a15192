"""The past of the shop as weighed rounds, one set for each target policy."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from personalization.learning.impressions import ImpressionOutcome
from personalization.learning.past_rounds import PastRounds
from personalization.learning.rounds import ShownImpression
from personalization.off_policy.logged_rounds import LoggedRounds
from personalization.off_policy.reward_model import RewardModel
from personalization.off_policy.round_table import RoundTable, round_tables
from personalization.off_policy.target_policies import TargetPolicy
from personalization.off_policy.weighed_rounds import WeighedRounds

Watch = Callable[[Iterable[ShownImpression], str], Iterable[ShownImpression]]
"""Passes positions through while a person sees how far it is; the text says at what."""


@dataclass(frozen=True, slots=True)
class PartOfPage:
    """Which impressions are asked about; where nothing is named, all of them."""

    placements: Collection[str] = ()
    strategies: Collection[str] = ()

    def of(self, shown: Iterable[ShownImpression]) -> Iterator[ShownImpression]:
        for position in shown:
            if self.placements and position.placement not in self.placements:
                continue
            if not self.strategies or position.strategy in self.strategies:
                yield position


WHOLE_PAGE = PartOfPage()


def weigh_past(
    rounds: PastRounds,
    settled: Sequence[ImpressionOutcome],
    policies: Sequence[TargetPolicy],
    watch: Watch,
    part: PartOfPage = WHOLE_PAGE,
) -> Mapping[str, WeighedRounds]:
    fitted = watch(part.of(rounds.impressions(settled)), "Fitting the reward model")
    model = RewardModel(fitted)
    positions = watch(part.of(rounds.impressions(settled)), "Asking the policies")
    return weigh_by_policy(round_tables(positions, policies, model))


def weigh_by_policy(tables: Iterable[RoundTable]) -> Mapping[str, WeighedRounds]:
    """Let go of each table once it is weighed: what stays is 300 bytes a round."""
    numbers: dict[str, int] = {}
    parts: defaultdict[str, list[WeighedRounds]] = defaultdict(list)
    for table in tables:
        session = np.array([numbers.setdefault(name, len(numbers)) for name in table.sessions])
        for policy, target in table.targets.items():
            rounds = LoggedRounds(
                reward=table.reward,
                propensity=table.propensity,
                chosen=table.chosen,
                target=target,
                predicted=table.predicted,
                session=session,
                logging=table.logging,
            )
            parts[policy].append(rounds.weigh())
    return {policy: WeighedRounds.join(of) for policy, of in parts.items()}
