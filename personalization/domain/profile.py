from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from personalization.domain.decision import Decision, Slot
from personalization.domain.draw import HOME
from personalization.domain.identifiers import (
    BundleId,
    CategoryId,
    DecisionId,
    GenerationId,
    ProductId,
    Region,
    RuleId,
    SessionId,
    UserId,
)
from personalization.domain.slates.lazy_tuple import LazyTuple
from personalization.domain.slates.slot_table import slot_table
from personalization.value_classes import set_by_slots

REASONS_SHOWN = 5
PINNED = "pinned"
"""Stands for the policy of a slot that a merchandising rule filled."""


@set_by_slots
@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredCategory:
    category_id: CategoryId
    name: str
    score: float
    reason: str


@set_by_slots
@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredProduct:
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
class ScoreData:
    categories: tuple[ScoredCategory, ...]
    products: tuple[ScoredProduct, ...]


@set_by_slots
@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileSlot:
    """One position of the slate to show; echo `decision_id` and `slot` with impressions."""

    slot: int
    product_id: ProductId
    propensity: float
    explored: bool
    placement: str = HOME
    """The place of the page that the slot belongs to; each numbers its slots from 0."""
    policy: str = ""
    """The policy that filled it, with its parameters; `pinned` for a merchandising rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleLine:
    """A product's price before its part of a bundle's saving and after it."""

    product_id: ProductId
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BundlePrice:
    """What a bundle costs, in the smallest units of its currency; its lines add up to it."""

    currency: str
    digits: int
    """Decimals of the currency: 2 where the units are cents."""
    before: int
    after: int
    saving: int
    lines: tuple[BundleLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleOffer:
    """What the shop has promised for a bundle: the rule, and the words that it gave for it."""

    rule_id: RuleId
    reason: str
    price: BundlePrice | None = None
    """None where not every product has a price in one currency, and of earlier releases."""


@set_by_slots
@dataclass(frozen=True, slots=True, kw_only=True)
class BundleSuggestion:
    """Products that are bought together, and what the shop takes off for taking them all."""

    bundle_id: BundleId
    product_ids: tuple[ProductId, ...]
    discount_percent: int
    """0 unless the shop has made an offer. Earlier releases put a number of their own here."""
    reason: str
    offer: BundleOffer | None = None


@set_by_slots
@dataclass(frozen=True, slots=True, kw_only=True)
class TrendingProduct:
    """A product that sells or is seen faster than before (growth is a factor)."""

    product_id: ProductId
    growth: float
    reason: str


@set_by_slots
@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What `GET /v1/profiles/{session}` returns, the stream pushes and the history keeps."""

    session_id: SessionId
    user_id: UserId | None
    version: int
    """Grows with every profile of the session; a reader never goes back."""
    decision_id: DecisionId
    created_at: datetime
    expiry: datetime
    active: bool
    """True once there is enough live evidence: the page may call it the shopper's own."""
    live_weight: float
    score_data: ScoreData
    slate: tuple[ProfileSlot, ...]
    recent_products: tuple[ProductId, ...]
    bundled_discount_suggestions: tuple[BundleSuggestion, ...]
    trending_recommendations: tuple[TrendingProduct, ...]
    reasons: tuple[str, ...]
    """Of the best products, each once."""
    base_policy: str
    """The policy whose probabilities are in the scores; each slot names the one that filled it."""
    policy_version: str
    generation_id: GenerationId | None
    rules_version: int = 0
    """The merchandising rules that it was made by; 0 is none."""
    region: Region | None = None
    """Whose rules those were."""
    personalized: bool = True
    """False where the shopper does not want to be chosen for: then it is made of priors alone."""


@dataclass(frozen=True, slots=True)
class ProfileRest:
    """What a profile has beside its decision and what it scores; `Profile` says what each is."""

    user_id: UserId | None
    version: int
    expiry: datetime
    active: bool
    region: Region | None
    recent_products: tuple[ProductId, ...]
    bundles: tuple[BundleSuggestion, ...]
    trending: tuple[TrendingProduct, ...]
    personalized: bool = True


def profile_of(decision: Decision, scored: ScoreData, rest: ProfileRest) -> Profile:
    return Profile(
        session_id=decision.session_id,
        user_id=rest.user_id,
        version=rest.version,
        decision_id=decision.decision_id,
        created_at=decision.decided_at,
        expiry=rest.expiry,
        active=rest.active,
        live_weight=decision.live_weight,
        score_data=scored,
        slate=profile_slots(decision),
        recent_products=rest.recent_products,
        bundled_discount_suggestions=rest.bundles,
        trending_recommendations=rest.trending,
        reasons=main_reasons(scored.products),
        base_policy=decision.base_policy,
        policy_version=decision.policy_version,
        generation_id=decision.generation_id,
        rules_version=decision.rules_version,
        region=rest.region,
        personalized=rest.personalized,
    )


def slot_policies(decision: Decision) -> list[str]:
    """Return what filled each slot of the slate."""
    drawn = {draw.placement: draw.policy for draw in decision.draws}
    table = slot_table(decision.slate)
    if table is not None:
        return [drawn.get(table.placement, decision.base_policy)] * len(table)
    policies = {slot.placement: decision.base_policy for slot in decision.slate} | drawn
    return [PINNED if slot.pinned else policies[slot.placement] for slot in decision.slate]


class ProfileSlotTable(LazyTuple[ProfileSlot]):
    """The slots of a decision whose slate is a table."""

    def __init__(self, slots: Sequence[Slot], policies: Sequence[str]) -> None:
        super().__init__()
        self._slots = slots
        self._policies = policies

    def __len__(self) -> int:
        return len(self._slots)

    def shows(self, decision: Decision) -> bool:
        return self._slots is decision.slate and self._policies == slot_policies(decision)

    def _make(self) -> tuple[ProfileSlot, ...]:
        return _profile_slots(self._slots, self._policies)


def profile_slots(decision: Decision) -> tuple[ProfileSlot, ...]:
    policies, table = slot_policies(decision), slot_table(decision.slate)
    if table is not None:
        # Reads as a tuple does.
        return cast("tuple[ProfileSlot, ...]", ProfileSlotTable(table, policies))
    return _profile_slots(decision.slate, policies)


def are_slots_of(slots: Sequence[ProfileSlot], decision: Decision) -> bool:
    """Return whether slots are a table of this decision's, without making any."""
    return type(slots) is ProfileSlotTable and slots.shows(decision)


def _profile_slots(slots: Sequence[Slot], policies: Sequence[str]) -> tuple[ProfileSlot, ...]:
    return tuple(
        [
            ProfileSlot(
                slot=slot.position,
                product_id=slot.product_id,
                propensity=slot.propensity,
                explored=slot.explored,
                placement=slot.placement,
                policy=policy,
            )
            for slot, policy in zip(slots, policies, strict=True)
        ]
    )


def main_reasons(products: tuple[ScoredProduct, ...]) -> tuple[str, ...]:
    """Return the first reasons of products, best first, each once."""
    return tuple(dict.fromkeys([product.reason for product in products]))[:REASONS_SHOWN]
