"""The policy gives each action of a set a probability; a learner makes it better."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from personalization.domain.context import Context
from personalization.domain.decision import Action
from personalization.domain.identifiers import CategoryId, ProductId


class Candidate(NamedTuple):
    """What the policy may see of an action. Relevance and prior are in 0..1.

    A named tuple, since every decision makes a hundred of them.
    """

    product_id: ProductId
    category_id: CategoryId
    relevance: float
    prior: float

    @classmethod
    def of(cls, action: Action) -> "Candidate":
        """Return what the policy may see of a scored action."""
        return cls(action.product_id, action.category_id, action.relevance, action.prior)


@dataclass(frozen=True, slots=True)
class LearningRound:
    """One shown position whose outcome is known.

    `candidates` is the action set that remained at that position, `chosen` the index of what
    was shown, `propensity` its conditional probability, `outcome` in -1..1.

    `corrects` is the outcome that was learned of this position before, None the first time. A
    learner that takes steps towards an outcome takes one more, towards the new one; a learner
    that keeps sums takes the old outcome out and puts the new one in.
    """

    context: Context
    candidates: tuple[Candidate, ...]
    chosen: int
    propensity: float
    outcome: float
    corrects: float | None = None
    score: float = 0.0


class RankingPolicy(Protocol):
    """Gives probabilities; its name and version go into every decision."""

    @property
    def name(self) -> str:
        """The kind of policy, with its parameters."""

    @property
    def version(self) -> str:
        """Which snapshot of the model answers."""

    def probabilities(self, context: Context, candidates: Sequence[Candidate]) -> list[float]:
        """Return one probability per candidate, adding up to 1; empty for an empty set."""


class PolicyLearner(Protocol):
    """Learns from rounds. One learner owns the model."""

    def learn(self, rounds: Sequence[LearningRound]) -> None:
        """Take the rounds into the model, in order."""


class Refreshable(Protocol):
    """Something that can load a newer snapshot."""

    def refresh(self) -> bool:
        """Load it if there is one; return whether there was."""
