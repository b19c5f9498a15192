"""Rounds as arrays, with what every target policy would have done in them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from personalization.learning.rounds import ShownImpression
from personalization.off_policy.reward_model import RewardModel
from personalization.off_policy.target_policies import TargetPolicy
from personalization.off_policy.weighed_rounds import Indices, Numbers

ROUNDS_AT_ONCE = 2_000
"""Some 20 MB of arrays, and the decisions that they are made of."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RoundTable:
    """n rounds of at most k actions; shorter action sets are padded with probability 0."""

    sessions: Sequence[str]
    placements: Sequence[str]
    strategies: Sequence[str]
    reward: Numbers
    propensity: Numbers
    chosen: Indices
    size: Indices
    """(n,) the number of actions."""
    logging: Numbers
    """(n, k) probabilities of the policy that served."""
    predicted: Numbers
    """(n, k) the reward model's predictions."""
    targets: Mapping[str, Numbers]
    """Policy -> (n, k) its probabilities."""

    def __len__(self) -> int:
        return len(self.reward)


def round_tables(
    shown: Iterable[ShownImpression], policies: Sequence[TargetPolicy], model: RewardModel
) -> Iterator[RoundTable]:
    positions = iter(shown)
    while batch := list(islice(positions, ROUNDS_AT_ONCE)):
        yield round_table(batch, policies, model)


def round_table(
    shown: Sequence[ShownImpression], policies: Sequence[TargetPolicy], model: RewardModel
) -> RoundTable:
    return RoundTable(
        sessions=[position.decision.session_id for position in shown],
        placements=[position.placement for position in shown],
        strategies=[position.strategy for position in shown],
        reward=np.array([position.outcome for position in shown], dtype=np.float64),
        propensity=np.array([position.slot.propensity for position in shown], dtype=np.float64),
        chosen=np.array([position.chosen for position in shown], dtype=np.int64),
        size=np.array([len(position.remaining) for position in shown], dtype=np.int64),
        logging=_pad([position.logging for position in shown]),
        predicted=_pad([model.predict(position) for position in shown]),
        targets={
            policy.name: _pad([policy.probabilities(position) for position in shown])
            for policy in policies
        },
    )


def _pad(rows: Sequence[Sequence[float] | Numbers]) -> Numbers:
    width = max((len(row) for row in rows), default=1)
    table = np.zeros((len(rows), width))
    for index, row in enumerate(rows):
        table[index, : len(row)] = row
    return table
