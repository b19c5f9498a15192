"""A profile without what its decision says already."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter

import msgspec

from personalization.domain.decision import Action, CategoryScore, Decision
from personalization.domain.identifiers import ProductId, Region, UserId
from personalization.domain.profile import (
    BundleSuggestion,
    Profile,
    ScoreData,
    ScoredCategory,
    ScoredProduct,
    TrendingProduct,
    main_reasons,
    profile_slots,
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


_WORDS = attrgetter("title", "price", "currency", "image_url", "rating", "reason")
_PLACE = attrgetter("product_id", "category_id", "score")


def kept_profile(profile: Profile, decision: Decision) -> KeptProfile | None:
    """Return None for a profile that says other things than the decision."""
    products, categories = profile.score_data.products, profile.score_data.categories
    if not (
        _profile_fields(profile) == _decision_fields(decision)
        and profile.slate == profile_slots(decision)
        and profile.reasons == main_reasons(products)
    ):
        return None
    places = _places(decision.actions, products)
    category_places = _category_places(decision.categories, categories)
    if places is None or category_places is None:
        return None
    titles, prices, currencies, image_urls, ratings, of_products = (
        zip(*map(_WORDS, products), strict=True) if products else ((),) * 6
    )
    reasons = dict.fromkeys((*of_products, *[category.reason for category in categories]))
    numbers = {reason: number for number, reason in enumerate(reasons)}
    return KeptProfile(
        user_id=profile.user_id,
        version=profile.version,
        expiry=profile.expiry,
        active=profile.active,
        region=profile.region,
        recent_products=profile.recent_products,
        bundles=profile.bundled_discount_suggestions,
        trending=profile.trending_recommendations,
        reasons=tuple(reasons),
        categories=tuple(
            [
                (place, category.name, numbers[category.reason])
                for place, category in zip(category_places, categories, strict=True)
            ]
        ),
        products=tuple(places),
        product_reasons=tuple(map(numbers.__getitem__, of_products)),
        titles=titles,
        prices=prices,
        currencies=currencies,
        image_urls=image_urls,
        ratings=ratings,
    )


def whole_profile(kept: KeptProfile, decision: Decision) -> Profile:
    products = _products(kept, decision)
    return Profile(
        session_id=decision.session_id,
        user_id=kept.user_id,
        version=kept.version,
        decision_id=decision.decision_id,
        created_at=decision.decided_at,
        expiry=kept.expiry,
        active=kept.active,
        live_weight=decision.live_weight,
        score_data=ScoreData(categories=_categories(kept, decision), products=products),
        slate=profile_slots(decision),
        recent_products=kept.recent_products,
        bundled_discount_suggestions=kept.bundles,
        trending_recommendations=kept.trending,
        reasons=main_reasons(products),
        base_policy=decision.base_policy,
        policy_version=decision.policy_version,
        generation_id=decision.generation_id,
        rules_version=decision.rules_version,
        region=kept.region,
    )


def _profile_fields(profile: Profile) -> tuple[object, ...]:
    return (
        profile.session_id, profile.decision_id, profile.created_at, profile.live_weight,
        profile.base_policy, profile.policy_version, profile.generation_id, profile.rules_version,
    )  # fmt: skip


def _decision_fields(decision: Decision) -> tuple[object, ...]:
    return (
        decision.session_id, decision.decision_id, decision.decided_at, decision.live_weight,
        decision.base_policy, decision.policy_version, decision.generation_id,
        decision.rules_version,
    )  # fmt: skip


def _places(actions: Sequence[Action], products: Sequence[ScoredProduct]) -> list[int] | None:
    """Return where the products stand among the actions, None if not as they do here."""
    numbers = {action.product_id: place for place, action in enumerate(actions)}
    try:
        places = [numbers[product.product_id] for product in products]
    except KeyError:
        return None
    shown = [_PLACE(actions[place]) for place in places]
    return places if shown == list(map(_PLACE, products)) else None


def _category_places(
    scores: Sequence[CategoryScore], categories: Sequence[ScoredCategory]
) -> list[int] | None:
    numbers = {score.category_id: place for place, score in enumerate(scores)}
    places = [numbers.get(category.category_id, -1) for category in categories]
    shown = [scores[place].score for place in places] if -1 not in places else None
    return places if shown == [category.score for category in categories] else None


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
