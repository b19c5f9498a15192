"""Target policies: what each would have shown in a position of the past."""

from collections.abc import Sequence
from typing import Protocol

from personalization.learning.rounds import ShownImpression, candidates_of
from personalization.policies.draws import DrawMaker, MakesDraws
from personalization.policies.epsilon_greedy import EPSILON_GREEDY
from personalization.policies.placement import Placement, check_placements
from personalization.policies.prior_order import POPULARITY
from personalization.policies.spec import PolicySpec
from personalization.ports.policy import RankingPolicy
from personalization.ports.value_models import ServedPolicy

CAUTIOUS_EPSILON = 0.05
"""A quarter of the exploration that serves: what it costs can be read off the difference."""


class TargetPolicy(Protocol):
    """Gives the actions that remained in a position probabilities that add up to 1."""

    @property
    def name(self) -> str: ...

    def probabilities(self, shown: ShownImpression) -> Sequence[float]: ...


class LoggingPolicy:
    """The policy that served: the others are read beside its mean outcome."""

    name = "served"

    def probabilities(self, shown: ShownImpression) -> Sequence[float]:
        return shown.logging


class Snapshot:
    name = "snapshot"

    def __init__(self, policy: RankingPolicy) -> None:
        self._policy = policy

    def probabilities(self, shown: ShownImpression) -> Sequence[float]:
        """Return the policy's probabilities, brought from single precision to a sum of 1."""
        given = self._policy.probabilities(shown.decision.context, candidates_of(shown))
        total = sum(given)
        return [p / total for p in given]


class Drawn:
    """Any policy by the models of the current snapshot; scores stay those of the decision."""

    def __init__(self, policy: PolicySpec, maker: MakesDraws, name: str) -> None:
        self.name = name
        self._policy = policy
        self._maker = maker

    def probabilities(self, shown: ShownImpression) -> Sequence[float]:
        decision = shown.decision
        # Ballots for every slot of the page: those before this one may have taken an entry each.
        placement = Placement(size=len(decision.slate), policy=self._policy)
        barred = {placement.name: decision.barred_actions.get(shown.slot.placement, ())}
        (draw,) = self._maker.draws((placement,), decision, decision.seed, barred)
        scores = [action.score for action in decision.actions]
        return draw.probabilities(scores, decision.remaining_at(shown.slot))


def target_policies(policy: ServedPolicy) -> list[TargetPolicy]:
    maker = DrawMaker(policy)

    def draw_by(kind: str, epsilon: float, name: str) -> Drawn:
        return Drawn(PolicySpec.of(kind, epsilon=epsilon), maker, name)

    return [
        LoggingPolicy(),
        draw_by(EPSILON_GREEDY.name, 0.0, "greedy"),
        draw_by(EPSILON_GREEDY.name, CAUTIOUS_EPSILON, f"epsilon-{CAUTIOUS_EPSILON:g}"),
        draw_by(EPSILON_GREEDY.name, 1.0, "uniform"),
        Snapshot(policy),
        draw_by(POPULARITY.name, 0.0, "popularity"),
    ]


def choose_targets(names: Sequence[str], policy: ServedPolicy) -> list[TargetPolicy]:
    """Raise `InvalidPolicyError` for an unknown name, or a policy whose model is not learned."""
    known = {target.name: target for target in target_policies(policy)}
    return [known.get(name) or _parse(name, policy) for name in names or known]


def _parse(text: str, policy: ServedPolicy) -> Drawn:
    spec = PolicySpec.parse(text)
    check_placements((Placement(policy=spec),), policy.models.available)
    return Drawn(spec, DrawMaker(policy), text)
