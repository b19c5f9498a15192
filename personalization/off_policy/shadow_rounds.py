"""What a shadow policy would have been worth: its probabilities beside what was shown and done.

A shadow keeps its probability of every shown slot, so that its value follows from the decisions
alone, by importance weights: no model is asked again, and none is needed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from personalization.domain.decision import Shadow
from personalization.learning.rounds import ShownImpression
from personalization.off_policy.weighed_rounds import WeighedRounds


class ShadowName(NamedTuple):
    placement: str
    policy: str


@dataclass(slots=True)
class ShadowRounds:
    rewards: list[float] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    sessions: list[int] = field(default_factory=list)
    agreed: int = 0
    """Positions whose product the shadow would have shown as well, wherever."""

    @property
    def agreement(self) -> float:
        return self.agreed / len(self.rewards)

    def weigh(self) -> WeighedRounds:
        """Return the rounds for estimators that need no reward model: IPS and SNIPS."""
        nothing = np.zeros(len(self.rewards))
        return WeighedRounds(
            reward=np.array(self.rewards),
            weight=np.array(self.weights),
            predicted_chosen=nothing,
            predicted_target=nothing,
            unsupported=nothing,
            session=np.array(self.sessions, dtype=np.int64),
        )

    def weigh_logging(self) -> WeighedRounds:
        return replace(self, weights=[1.0] * len(self.rewards)).weigh()


def shadow_rounds(
    shown: Iterable[ShownImpression], experiment_id: str
) -> Mapping[ShadowName, ShadowRounds]:
    found: dict[ShadowName, ShadowRounds] = {}
    numbers: dict[str, int] = {}
    for position in shown:
        decision = position.decision
        carried = {exposure.experiment for exposure in decision.exposures}
        # A pinned position had no choice, neither for what served nor for the shadow.
        if position.slot.pinned or experiment_id not in carried:
            continue
        for shadow in decision.shadows:
            if shadow.placement == position.slot.placement:
                name = ShadowName(shadow.placement, shadow.policy)
                rounds = found.setdefault(name, ShadowRounds())
                rounds.rewards.append(position.outcome)
                rounds.weights.append(_probability(position, shadow) / position.slot.propensity)
                rounds.sessions.append(numbers.setdefault(decision.session_id, len(numbers)))
                rounds.agreed += position.slot.product_id in shadow.product_ids
    return found


def _probability(shown: ShownImpression, shadow: Shadow) -> float:
    slots = [slot for slot in shown.decision.slate if slot.placement == shadow.placement]
    return shadow.probabilities[slots.index(shown.slot)]
