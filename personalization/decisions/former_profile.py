"""Reads a profile as earlier releases kept it, without what its decision says already."""

from datetime import datetime

import msgspec

from personalization.domain.decision import Decision
from personalization.domain.identifiers import ProductId, Region, UserId
from personalization.domain.profile import (
    BundleSuggestion,
    Profile,
    ProfileRest,
    ScoreData,
    ScoredCategory,
    ScoredProduct,
    TrendingProduct,
    profile_of,
)


class KeptProfile(msgspec.Struct, array_like=True):
    """The rest; columns of products and categories name them by their place in the decision."""

    user_id: UserId | None
    version: int
    expiry: datetime
    active: bool
    region: Region | None
    recent_products: tuple[ProductId, ...]
    bundles: tuple[BundleSuggestion, ...]
    trending: tuple[TrendingProduct, ...]
    reasons: tuple[str, ...]
    """Each once; products and categories name them by number."""
    categories: tuple[tuple[int, str, int], ...]
    """Place, name, reason."""
    products: tuple[int, ...]
    product_reasons: tuple[int, ...]
    titles: tuple[str, ...]
    prices: tuple[float | None, ...]
    currencies: tuple[str, ...]
    image_urls: tuple[str | None, ...]
    ratings: tuple[float | None, ...]


def whole_profile(kept: KeptProfile, decision: Decision) -> Profile:
    scored = ScoreData(categories=_categories(kept, decision), products=_products(kept, decision))
    rest = ProfileRest(
        user_id=kept.user_id,
        version=kept.version,
        expiry=kept.expiry,
        active=kept.active,
        region=kept.region,
        recent_products=kept.recent_products,
        bundles=kept.bundles,
        trending=kept.trending,
    )
    return profile_of(decision, scored, rest)


def _products(kept: KeptProfile, decision: Decision) -> tuple[ScoredProduct, ...]:
    columns = zip(
        kept.products, kept.product_reasons, kept.titles, kept.prices, kept.currencies,
        kept.image_urls, kept.ratings, strict=True,
    )  # fmt: skip
    return tuple(
        ScoredProduct(
            product_id=decision.actions[place].product_id,
            category_id=decision.actions[place].category_id,
            title=title,
            price=price,
            currency=currency,
            image_url=image_url,
            rating=rating,
            score=decision.actions[place].score,
            reason=kept.reasons[reason],
        )
        for place, reason, title, price, currency, image_url, rating in columns
    )


def _categories(kept: KeptProfile, decision: Decision) -> tuple[ScoredCategory, ...]:
    return tuple(
        ScoredCategory(
            category_id=decision.categories[place].category_id,
            name=name,
            score=decision.categories[place].score,
            reason=kept.reasons[reason],
        )
        for place, name, reason in kept.categories
    )
