"""Rounds as arrays, with what every target policy would have done in them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from personalization.learning.reward_model import FEATURES, cross_fitted, features_of
from personalization.learning.rounds import ShownPosition
from personalization.learning.target_policies import TargetPolicy

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RoundTable:
    """n rounds of at most k actions; shorter action sets are padded with probability 0."""

    sessions: Sequence[str]
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
        """Return the number of rounds."""
        return len(self.reward)


class _Row(NamedTuple):
    """One position, without its decision: a hundredth of the memory."""

    session: str
    outcome: float
    propensity: float
    chosen: int
    logging: Numbers
    features: Numbers
    targets: tuple[Numbers, ...]


def round_table(shown: Iterable[ShownPosition], policies: Sequence[TargetPolicy]) -> RoundTable:
    """Return the table of the positions, in their order."""
    rows = [_row(one, policies) for one in shown]
    width = max((len(one.logging) for one in rows), default=1)
    features = np.zeros((len(rows), width, FEATURES))
    for index, one in enumerate(rows):
        features[index, : len(one.features)] = one.features
    sessions = [one.session for one in rows]
    reward = np.array([one.outcome for one in rows], dtype=np.float64)
    chosen = np.array([one.chosen for one in rows], dtype=np.int64)
    size = np.array([len(one.logging) for one in rows], dtype=np.int64)
    predicted = cross_fitted(features, features[np.arange(len(rows)), chosen], reward, sessions)
    predicted[np.arange(width) >= size[:, None]] = 0.0
    return RoundTable(
        sessions=sessions,
        reward=reward,
        propensity=np.array([one.propensity for one in rows], dtype=np.float64),
        chosen=chosen,
        size=size,
        logging=_padded([one.logging for one in rows], width),
        predicted=predicted,
        targets={
            policy.name: _padded([one.targets[place] for one in rows], width)
            for place, policy in enumerate(policies)
        },
    )


def _row(shown: ShownPosition, policies: Sequence[TargetPolicy]) -> _Row:
    return _Row(
        session=shown.decision.session_id,
        outcome=shown.outcome,
        propensity=shown.slot.propensity,
        chosen=shown.chosen,
        logging=np.array(shown.logging),
        features=features_of(shown),
        targets=tuple(np.array(one.probabilities(shown)) for one in policies),
    )


def _padded(rows: Sequence[Numbers], width: int) -> Numbers:
    table = np.zeros((len(rows), width))
    for index, row in enumerate(rows):
        table[index, : len(row)] = row
    return table
