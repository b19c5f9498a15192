from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, overload

from personalization.domain.action_table import Floats
from personalization.domain.context import Context
from personalization.domain.decision import Action
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.value_classes import make_all


class Candidate(NamedTuple):
    """What the policy may see of an action; relevance and prior are in 0..1."""

    product_id: ProductId
    category_id: CategoryId
    relevance: float
    prior: float

    @classmethod
    def of(cls, action: Action) -> "Candidate":
        return cls(action.product_id, action.category_id, action.relevance, action.prior)


class CandidateTable(Sequence[Candidate]):
    """Candidates by columns, each made when somebody asks for it."""

    def __init__(
        self,
        product_ids: Sequence[ProductId],
        category_ids: Sequence[CategoryId],
        features: Floats,
    ) -> None:
        """`features` are (relevance and prior, candidates)."""
        self._product_ids = product_ids
        self._category_ids = category_ids
        self.features = features

    @overload
    def __getitem__(self, index: int) -> Candidate: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Candidate, ...]: ...
    def __getitem__(self, index: int | slice) -> Candidate | tuple[Candidate, ...]:
        return tuple(self)[index]

    def __len__(self) -> int:
        return len(self._product_ids)

    def __iter__(self) -> Iterator[Candidate]:
        columns = self._product_ids, self._category_ids, *self.features.tolist()
        return iter(make_all(Candidate, zip(*columns, strict=True)))


@dataclass(frozen=True, slots=True)
class LearningRound:
    """A shown position whose outcome is known.

    `candidates` is the action set, one tuple for all positions of a decision; `gone` are the
    indexes in it, ascending, of what could not be shown at this position; `chosen` is the index of
    what was shown, `propensity` its conditional probability, `outcome` in -1..1. `corrects` is the
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
    gone: tuple[int, ...] = ()
    relevance_weight: float = 1.0
    """Weight of relevance in plain scores, 0..1 (`personalization.policies.plain_scores`)."""

    @property
    def shown_candidate(self) -> Candidate:
        return self.candidates[self.chosen]

    @property
    def remaining(self) -> tuple[Candidate, ...]:
        """Return the candidates without those that were gone."""
        if not self.gone:
            return self.candidates
        gone = set(self.gone)
        return tuple(each for index, each in enumerate(self.candidates) if index not in gone)

    @property
    def chosen_of_remaining(self) -> int:
        return self.chosen - bisect_left(self.gone, self.chosen)


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
