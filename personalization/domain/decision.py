"""Decisions: what was considered, what was shown, and with what probability."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from personalization.domain.context import Context
from personalization.domain.event import EventType
from personalization.domain.identifiers import (
    CategoryId,
    DecisionId,
    EventId,
    GenerationId,
    ProductId,
    SessionId,
)


class ActionSource(StrEnum):
    """The precomputed set that put a product into the action set."""

    AFFINITY = "affinity"
    RECENT = "recent"
    CATEGORY = "category"
    RATED = "rated"
    REGION = "region"
    SEASON = "season"
    POPULAR = "popular"
    TRENDING = "trending"
    NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """An interaction that took part in the scores, kept once per decision."""

    event_id: EventId
    type: EventType
    subject: str
    """The product or category id acted on."""
    label: str
    """What a sentence calls the subject."""
    reward: float
    age: int
    """Number of newer interactions: the decay's exponent."""
    category_id: CategoryId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorTerm:
    """A prior that took part: its weight u (adding up to 1) and its total over the set."""

    name: str
    weight: float
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The parts of the blend's formula that all scores of one set share."""

    priors: tuple[PriorTerm, ...]
    normaliser: float
    """Z: brings live sums to shares."""
    scale: float
    """M: brings the best score to 1."""


class Ingredients(NamedTuple):
    """What one score was made of; see `personalization.domain.blend`.

    A decision makes a hundred of these and of actions: a named tuple is made in a fifth of a
    frozen dataclass's time and stored in half the space.

    `relevances` and `strengths` are sparse: (index into the decision's evidence or into the
    frame's priors, number).
    """

    probability: float
    """The policy's probability (for a category the mean over its actions)."""
    cap: float
    """Below 1 where the live share would have exceeded 1."""
    relevances: tuple[tuple[int, float], ...] = ()
    strengths: tuple[tuple[int, float], ...] = ()


class Action(NamedTuple):
    """A product under consideration, with its score and everything that it was made of."""

    product_id: ProductId
    category_id: CategoryId
    sources: tuple[ActionSource, ...]
    relevance: float
    """Its live share under a uniform policy, 0..1: the policy's feature."""
    prior: float
    """Its prior share, 0..1: the policy's other feature."""
    score: float
    ingredients: Ingredients


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryScore:
    """A category with its score, by the same formula as an action's."""

    category_id: CategoryId
    score: float
    ingredients: Ingredients


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One position of the slate.

    `propensity` is conditional on the slots before it: the slate is drawn without
    replacement, and each position keeps its own.
    """

    position: int
    product_id: ProductId
    propensity: float
    explored: bool
    """True where the draw did not take the best remaining action."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided at one moment, whole enough to explain and to learn from later."""

    decision_id: DecisionId
    session_id: SessionId
    decided_at: datetime
    context: Context
    actions: tuple[Action, ...]
    """Best score first."""
    slate: tuple[Slot, ...]
    policy: str
    policy_version: str
    generation_id: GenerationId | None
    evidence: tuple[Evidence, ...]
    """Newest first."""
    frame: Frame
    evidence_amount: float
    """n, the number of interactions that took part."""
    live_weight: float
    """w = n / (n + k)."""
    categories: tuple[CategoryScore, ...]
    """Best score first."""
    category_frame: Frame
    seed: int
