"""The profile: what the storefront reads."""

from dataclasses import dataclass
from datetime import datetime

from personalization.domain.decision import Slot
from personalization.domain.identifiers import (
    BundleId,
    CategoryId,
    DecisionId,
    GenerationId,
    ProductId,
    Region,
    SessionId,
    UserId,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredCategory:
    """A category with its score in 0..1 and why."""

    category_id: CategoryId
    name: str
    score: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredProduct:
    """A product with its score in 0..1 and why."""

    product_id: ProductId
    category_id: CategoryId
    title: str
    price: float | None
    currency: str
    image_url: str | None
    rating: float | None
    score: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleSuggestion:
    """Products that are bought together, and the discount to offer for taking them all."""

    bundle_id: BundleId
    product_ids: tuple[ProductId, ...]
    discount_percent: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendingProduct:
    """A product that grows faster than it did."""

    product_id: ProductId
    growth: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Everything a page needs to be personal, at one moment of one session."""

    session_id: SessionId
    user_id: UserId | None
    version: int
    """Grows with every profile of the session; a reader never goes back."""
    decision_id: DecisionId
    created_at: datetime
    expires_at: datetime
    active: bool
    """True once there is enough live evidence: the page may call it the shopper's own."""
    live_weight: float
    categories: tuple[ScoredCategory, ...]
    products: tuple[ScoredProduct, ...]
    slate: tuple[Slot, ...]
    recent_product_ids: tuple[ProductId, ...]
    bundles: tuple[BundleSuggestion, ...]
    trending: tuple[TrendingProduct, ...]
    policy: str
    policy_version: str
    generation_id: GenerationId | None
    rules_version: int = 0
    """The merchandising rules that it was made by; 0 is none."""
    region: Region | None = None
    """Whose rules those were."""
