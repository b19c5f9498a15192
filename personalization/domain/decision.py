"""Decisions: what was considered, what was shown, and with what probability."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A product under consideration, with everything its score was made of.

    score = w * sum(reward * probability * decay^age * relevance) / Z
          + (1 - w) * sum(u * strength), the first sum over the decision's evidence, the second
    over its priors. `relevances` and `strengths` are sparse: (index into the decision's
    `evidence` or `prior_weights`, number).
    """

    product_id: ProductId
    category_id: CategoryId
    sources: tuple[ActionSource, ...]
    relevance: float
    """Decayed sum of the relevances, 0..1: the policy's feature."""
    prior: float
    """Weighted sum of the strengths, 0..1: the policy's other feature."""
    probability: float
    """The policy's probability for this action (they add up to 1 over the action set)."""
    score: float
    relevances: tuple[tuple[int, float], ...] = ()
    strengths: tuple[tuple[int, float], ...] = ()


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
    prior_weights: tuple[tuple[str, float], ...]
    """Name and weight u of each prior that took part; the weights add up to 1."""
    evidence_amount: float
    """n, the decayed sum of absolute rewards."""
    live_weight: float
    """w = n / (n + k)."""
    normaliser: float
    """Z, which brings the strongest live sum to 1."""
    seed: int
