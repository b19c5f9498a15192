from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from personalization.domain.context import Context
from personalization.domain.decision import Action
from personalization.domain.identifiers import CategoryId, ProductId


class Candidate(NamedTuple):
    """What the policy may see of an action; relevance and prior are in 0..1."""

    product_id: ProductId
    category_id: CategoryId
    relevance: float
    prior: float

    @classmethod
    def of(cls, action: Action) -> "Candidate":
        return cls(action.product_id, action.category_id, action.relevance, action.prior)


@dataclass(frozen=True, slots=True)
class LearningRound:
    """A shown position whose outcome is known.

    `candidates` is the action set that remained at that position, `chosen` the index of what
    was shown, `propensity` its conditional probability, `outcome` in -1..1. `corrects` is the
    outcome that was learned of this position before, None the first time: a learner that takes
    steps takes one more towards the new outcome, one that keeps sums replaces the old one.
    """

    context: Context
    candidates: tuple[Candidate, ...]
    chosen: int
    propensity: float
    outcome: float
    corrects: float | None = None
    score: float = 0.0


class RankingPolicy(Protocol):
    @property
    def name(self) -> str:
        """The kind of policy, with its parameters."""

    @property
    def version(self) -> str:
        """Which snapshot of the model answers."""

    def probabilities(self, context: Context, candidates: Sequence[Candidate]) -> list[float]:
        """Return one probability per candidate, adding up to 1; empty for an empty set."""


class PolicyLearner(Protocol):
    def learn(self, rounds: Sequence[LearningRound]) -> None: ...


class Refreshable(Protocol):
    def refresh(self) -> bool:
        """Load a newer snapshot if there is one; return whether there was."""
