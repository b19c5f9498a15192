"""Builds profiles."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from personalization.domain.identifiers import (
    BundleId,
    CategoryId,
    DecisionId,
    GenerationId,
    ProductId,
    SessionId,
)
from personalization.domain.profile import (
    BundleSuggestion,
    Profile,
    ProfileSlot,
    ScoreData,
    ScoredCategory,
    ScoredProduct,
    TrendingProduct,
)
from tests.builders.moments import NOON

_PROFILE = Profile(
    session_id=SessionId("session-1"),
    user_id=None,
    version=1,
    decision_id=DecisionId("decision-1"),
    created_at=NOON,
    expiry=NOON + timedelta(hours=48),
    active=True,
    live_weight=0.25,
    score_data=ScoreData(
        categories=(
            ScoredCategory(
                category_id=CategoryId("shirts"),
                name="Shirts",
                score=1.0,
                reason="You saw a shirt.",
            ),
        ),
        products=(
            ScoredProduct(
                product_id=ProductId("shirt-2"),
                category_id=CategoryId("shirts"),
                title="White linen shirt",
                price=41.0,
                currency="USD",
                image_url=None,
                rating=None,
                score=1.0,
                reason="Often seen after the blue linen shirt.",
            ),
        ),
    ),
    slate=(ProfileSlot(slot=0, product_id=ProductId("shirt-2"), propensity=1.0, explored=False),),
    recent_products=(ProductId("shirt-1"),),
    bundled_discount_suggestions=(
        BundleSuggestion(
            bundle_id=BundleId("bundle-1"),
            product_ids=(ProductId("shirt-1"), ProductId("shirt-2")),
            discount_percent=0,
            reason="Bought together.",
        ),
    ),
    trending_recommendations=(
        TrendingProduct(product_id=ProductId("shirt-2"), growth=2.0, reason="Twice as often."),
    ),
    reasons=("Often seen after the blue linen shirt.",),
    base_policy="epsilon_greedy",
    policy_version="1",
    generation_id=GenerationId("generation-1"),
)


def a_profile(**overrides: Any) -> Profile:
    """Return a profile that shows one shirt, with some fields replaced."""
    return replace(_PROFILE, **overrides)
