"""Decisions: what was considered, what was shown, and with what probability."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from personalization.domain.context import Context
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


class ContributionKind(StrEnum):
    """Whether a part of a score came from the shopper or from a prior."""

    EVENT = "event"
    PRIOR = "prior"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """One summand of a score; all summands of an action add up to its score.

    For an event: amount = w * reward * probability * decay^age * relevance / Z, with
    `subject` the product or category acted on. For a prior: amount = (1 - w) * u * strength,
    with `subject` the prior's name, u its weight and `value` its raw figure.
    """

    kind: ContributionKind
    amount: float
    subject: str
    event_id: EventId | None = None
    reward: float | None = None
    age: int | None = None
    """Number of newer events."""
    relevance: float | None = None
    weight: float | None = None
    strength: float | None = None
    value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A product under consideration, with everything its score was made of."""

    product_id: ProductId
    category_id: CategoryId
    sources: tuple[ActionSource, ...]
    relevance: float
    prior: float
    probability: float
    """The policy's probability for this action (they add up to 1 over the action set)."""
    score: float
    contributions: tuple[Contribution, ...] = ()


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
    evidence: float
    """n: reward-weighted live evidence."""
    live_weight: float
    """w = n / (n + k)."""
    seed: int
