"""Policies that one may ask about: what each would have shown in a position of the past."""

from collections.abc import Sequence
from typing import Protocol

from personalization.learning.rounds import ShownPosition, candidates_of
from personalization.policies.draws import MakesDraws
from personalization.policies.placement import Placement
from personalization.policies.spec import PolicySpec
from personalization.ports.policy import RankingPolicy

CAUTIOUS_EPSILON = 0.05
"""A quarter of the exploration that serves: what it costs can be read off the difference."""
POPULARITY = "popularity"


class TargetPolicy(Protocol):
    """Gives the actions that remained in a position probabilities that add up to 1."""

    @property
    def name(self) -> str:
        """What the policy is called in tables and options."""
        ...

    def probabilities(self, shown: ShownPosition) -> Sequence[float]:
        """Return one probability per remaining action."""
        ...


class LoggingPolicy:
    """What was served: its own mean outcome, which the others are read beside."""

    name = "served"

    def probabilities(self, shown: ShownPosition) -> Sequence[float]:
        """Return the logging policy's probabilities."""
        return shown.logging


class EpsilonGreedy:
    """The best blended score with probability 1 - epsilon, else one of all uniformly."""

    def __init__(self, epsilon: float, name: str | None = None) -> None:
        self._epsilon = epsilon
        self.name = name or f"epsilon-{epsilon:g}"

    def probabilities(self, shown: ShownPosition) -> Sequence[float]:
        """Return the probabilities; the remaining actions are best first."""
        each = self._epsilon / len(shown.remaining)
        return [1.0 - self._epsilon + each, *([each] * (len(shown.remaining) - 1))]


class MostPopular:
    """Always the product of the largest popularity, whoever the shopper is."""

    name = POPULARITY

    def probabilities(self, shown: ShownPosition) -> Sequence[float]:
        """Return 1 for the most popular action, ties going to the first product id."""
        names = [prior.name for prior in shown.decision.frame.priors]
        place = names.index(POPULARITY) if POPULARITY in names else None
        strengths = [
            next((of for index, of in action.ingredients.strengths if index == place), 0.0)
            for action in shown.remaining
        ]
        first = min(
            range(len(strengths)),
            key=lambda index: (-strengths[index], shown.remaining[index].product_id),
        )
        return [float(index == first) for index in range(len(strengths))]


class Snapshot:
    """The learned policy by itself, as its current snapshot would draw."""

    name = "snapshot"

    def __init__(self, policy: RankingPolicy) -> None:
        self._policy = policy

    def probabilities(self, shown: ShownPosition) -> Sequence[float]:
        """Return the policy's probabilities, brought from single precision to a sum of 1."""
        given = self._policy.probabilities(shown.decision.context, candidates_of(shown))
        total = sum(given)
        return [probability / total for probability in given]


class Drawn:
    """Any policy that a placement can have, by the models of the current snapshot.

    Scores are those of the decision: what its base model gave stays as it was.
    """

    def __init__(self, policy: PolicySpec, maker: MakesDraws, name: str) -> None:
        self.name = name
        self._policy = policy
        self._maker = maker

    def probabilities(self, shown: ShownPosition) -> Sequence[float]:
        """Return the probabilities that the policy's draw gives to the remaining actions."""
        decision = shown.decision
        # Ballots for every slot of the page: those before this one may have taken an entry each.
        placement = Placement(size=len(decision.slate), policy=self._policy)
        barred = {placement.name: decision.barred_actions.get(shown.slot.placement, ())}
        (draw,) = self._maker.draws((placement,), decision, decision.seed, barred)
        scores = [action.score for action in decision.actions]
        return draw.probabilities(scores, decision.remaining_at(shown.slot))


def target_policies(policy: RankingPolicy) -> list[TargetPolicy]:
    """Return every policy that is asked about."""
    return [
        LoggingPolicy(),
        EpsilonGreedy(0.0, "greedy"),
        EpsilonGreedy(CAUTIOUS_EPSILON),
        EpsilonGreedy(1.0, "uniform"),
        Snapshot(policy),
        MostPopular(),
    ]
