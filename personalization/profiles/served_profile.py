"""The profile as the page reads it: encoded once when made, served as the same bytes."""

from datetime import datetime

import msgspec

from personalization.domain.draw import HOME
from personalization.domain.profile import Profile


class ServedCategory(msgspec.Struct, frozen=True):
    """A category with its score (0..1) and the reason in a sentence."""

    category_id: str
    name: str
    score: float
    reason: str


class ServedProduct(msgspec.Struct, frozen=True):
    """A product with its score (0..1), the reason, and what a page needs to draw it."""

    product_id: str
    category_id: str
    title: str
    price: float | None
    currency: str
    image_url: str | None
    rating: float | None
    score: float
    reason: str


class ScoreData(msgspec.Struct, frozen=True):
    """Scored categories and products, best first."""

    categories: list[ServedCategory]
    products: list[ServedProduct]


class ServedSlot(msgspec.Struct, frozen=True):
    """One position of the slate to show; echo `decision_id` and `slot` with impressions."""

    slot: int
    product_id: str
    propensity: float
    explored: bool
    placement: str = HOME
    """The place of the page that the slot belongs to; each numbers its slots from 0."""


class ServedBundle(msgspec.Struct, frozen=True):
    """Products bought together, and the discount to offer."""

    bundle_id: str
    product_ids: list[str]
    discount_percent: int
    reason: str


class ServedTrending(msgspec.Struct, frozen=True):
    """A product that sells or is seen faster than before (growth is a factor)."""

    product_id: str
    growth: float
    reason: str


class ServedProfile(msgspec.Struct, frozen=True):
    """What `GET /v1/profiles/{session}` returns and the stream pushes."""

    session_id: str
    user_id: str | None
    version: int
    decision_id: str
    created_at: datetime
    expiry: datetime
    active: bool
    live_weight: float
    score_data: ScoreData
    slate: list[ServedSlot]
    recent_products: list[str]
    bundled_discount_suggestions: list[ServedBundle]
    trending_recommendations: list[ServedTrending]
    reasons: list[str]
    policy: str
    policy_version: str
    generation_id: str | None
    rules_version: int = 0
    region: str | None = None


_ENCODER = msgspec.json.Encoder()
REASONS_SHOWN = 5


def served(profile: Profile) -> ServedProfile:
    """Return the profile in the shape of the API."""
    products = [
        ServedProduct(
            product_id=product.product_id,
            category_id=product.category_id,
            title=product.title,
            price=product.price,
            currency=product.currency,
            image_url=product.image_url,
            rating=product.rating,
            score=product.score,
            reason=product.reason,
        )
        for product in profile.products
    ]
    categories = [
        ServedCategory(category.category_id, category.name, category.score, category.reason)
        for category in profile.categories
    ]
    return ServedProfile(
        session_id=profile.session_id,
        user_id=profile.user_id,
        version=profile.version,
        decision_id=profile.decision_id,
        created_at=profile.created_at,
        expiry=profile.expires_at,
        active=profile.active,
        live_weight=profile.live_weight,
        score_data=ScoreData(categories=categories, products=products),
        slate=[
            ServedSlot(
                slot.position, slot.product_id, slot.propensity, slot.explored, slot.placement
            )
            for slot in profile.slate
        ],
        recent_products=list(profile.recent_product_ids),
        bundled_discount_suggestions=[
            ServedBundle(
                bundle.bundle_id, list(bundle.product_ids), bundle.discount_percent, bundle.reason
            )
            for bundle in profile.bundles
        ],
        trending_recommendations=[
            ServedTrending(product.product_id, product.growth, product.reason)
            for product in profile.trending
        ],
        reasons=list(dict.fromkeys(product.reason for product in products))[:REASONS_SHOWN],
        policy=profile.policy,
        policy_version=profile.policy_version,
        generation_id=profile.generation_id,
        rules_version=profile.rules_version,
        region=profile.region,
    )


def encode_served(profile: Profile) -> bytes:
    """Return the JSON bytes that every reader of this profile version receives."""
    return encode_profile(served(profile))


def encode_profile(profile: ServedProfile) -> bytes:
    """Return the profile's JSON bytes."""
    return _ENCODER.encode(profile)
