"""Real sessions as bandit rounds: a slate is shown at each step, the product viewed next pays.

What a shopper viewed next is known whatever was shown, so each policy gets the true reward of its
own slates. The shopper saw none of them: this compares policies, not what a shop would earn.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from evaluation.served_ranking import session_queries
from evaluation.simulation.online_models import OnlineModels
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.decisions.decision_maker import DecisionMaker, RankingConfig
from personalization.domain.event import Event
from personalization.learning.rounds import learning_round
from personalization.policies.placement import Placement
from personalization.policies.spec import PolicySpec


@dataclass(slots=True)
class SlateRun:
    """One number a decision."""

    hits: list[float] = field(default_factory=list)
    """1 where the slate held the product that was viewed next."""
    first: list[float] = field(default_factory=list)
    """1 where its first slot did."""


@dataclass(frozen=True, slots=True)
class PolicySlates:
    policy: str
    run: SlateRun

    def shares(self) -> dict[str, float]:
        """Return how many slates held what was viewed next: of all, and of the second half."""
        half = len(self.run.hits) // 2
        return {
            "slate": float(np.mean(self.run.hits)),
            "slate_second_half": float(np.mean(self.run.hits[half:])),
            "first_slot": float(np.mean(self.run.first)),
            "first_slot_second_half": float(np.mean(self.run.first[half:])),
        }


def decider_of(
    decider: DecisionMaker, policy: PolicySpec, online: OnlineModels, slate_size: int
) -> DecisionMaker:
    """Return a decider whose only placement is filled by a policy that learns online."""
    placement = Placement(size=slate_size, policy=policy)
    return decider.variant(RankingConfig(placements=(placement,)), online.policy)


def slates_of(
    decider: DecisionMaker,
    online: OnlineModels,
    catalogue: CatalogueCache,
    sessions: Iterable[Sequence[Event]],
) -> SlateRun:
    """Let a decider show slates and teach the models that it asks every slot of them."""
    run = SlateRun()
    for events in sessions:
        for session, now, query in session_queries(events, catalogue):
            decision = decider.decide(session, now)
            products = [slot.product_id for slot in decision.slate]
            outcomes = {product: float(product == query.target) for product in products}
            rounds = [learning_round(decision, product, of) for product, of in outcomes.items()]
            online.learn(rounds)
            run.hits.append(sum(outcomes.values()))
            run.first.append(outcomes[decision.slate[0].product_id])
    return run
