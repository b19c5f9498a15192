from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from personalization.domain.context import Context
from personalization.domain.decision import Action
from personalization.domain.models.learned_model import LearnedModel
from personalization.ports.policy import Candidate, RankingPolicy

Values = npt.NDArray[np.floating]
"""Members by actions; the higher the better."""


class MemberValues(Protocol):
    def values(self, context: Context, candidates: Sequence[Candidate]) -> Values: ...


class PlausibleActions(Protocol):
    """A model that knows which actions may still be the best."""

    def probabilities(self, context: Context, candidates: Sequence[Candidate]) -> list[float]:
        """Return equal probabilities for the plausible ones, 0 for the others."""


@dataclass(frozen=True, slots=True)
class Samples:
    members: int
    v: float
    """Standard deviations are multiplied by it; 0 gives the mean."""
    seed: int


class LinearModel(Protocol):
    def optimistic(self, context: Context, actions: Sequence[Action], alpha: float) -> Values:
        """Return the upper confidence bound of each action: (1, actions)."""

    def sample(self, context: Context, actions: Sequence[Action], samples: Samples) -> Values:
        """Return values under some draws from the posterior: (members, actions)."""


@dataclass(frozen=True, slots=True)
class ProductMeans:
    """What the products of some actions earned, an entry an action."""

    n: Values
    """Learned impressions, with those that the prior belief weighs like."""
    mean: Values
    """The outcome that is expected of the next one."""


@dataclass(frozen=True, slots=True)
class Earnings:
    """What was learned of the products of some actions, an entry an action."""

    impressions: Values
    outcomes: Values
    """Their sum."""
    plain: Values
    """The sum of their plain scores."""


class ProductModel(Protocol):
    @property
    def rounds(self) -> int:
        """Learned impressions of all products."""

    def means(self, actions: Sequence[Action], slope: float, prior: float) -> ProductMeans:
        """Believe outcomes of slope times the score at first, as if `prior` impressions said so."""

    def earnings(self, actions: Sequence[Action]) -> Earnings: ...

    def deviation(self, slope: float, prior: float) -> float:
        """Return the standard deviation of an outcome round its product's mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModels:
    """One snapshot as policies see it; a model that is not learned is None."""

    version: str
    rounds: int = 0
    """Rounds that the snapshot has learned from."""
    bag: MemberValues | None = None
    regcb: PlausibleActions | None = None
    linear: LinearModel | None = None
    products: ProductModel | None = None

    @property
    def available(self) -> frozenset[LearnedModel]:
        others = {
            LearnedModel.BAG: self.bag,
            LearnedModel.REGCB: self.regcb,
            LearnedModel.LINEAR: self.linear,
            LearnedModel.PRODUCTS: self.products,
        }
        return frozenset(
            {LearnedModel.BASE, *(name for name, model in others.items() if model is not None)}
        )


class ModelSource(Protocol):
    @property
    def models(self) -> ServedModels: ...


class ServedPolicy(RankingPolicy, ModelSource, Protocol):
    """The base policy, and the models that others ask."""

    def pin(self) -> "ServedPolicy":
        """Return the policy as it is now, whatever snapshot comes after."""
