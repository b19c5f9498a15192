"""A served profile without the products that the shop has hidden since it was made."""

import re
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Final

from personalization.catalogue.pinned_catalogue import ReadsProducts
from personalization.codec.json_codec import PROFILE
from personalization.decisions.former_records import decode_served
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.product import Product
from personalization.domain.profile import (
    BundleSuggestion,
    Profile,
    ScoreData,
    ScoredProduct,
    main_reasons,
)
from personalization.merchandising.visible_lists import VisibleLists
from personalization.profiles.own_bundles import is_own


def without_hidden(
    body: bytes,
    hidden: Callable[[Sequence[str]], AbstractSet[str]],
    hidden_categories: AbstractSet[str],
) -> tuple[bytes, frozenset[str]]:
    """Return the profile's bytes and what had to leave; the very bytes where nothing had to.

    Slots are left empty, not filled: the others keep position and propensity, so that impressions
    teach what they would have taught. A bundle leaves with any of its products.
    """
    profile = decode_served(body)
    categories = {category.category_id for category in profile.score_data.categories}
    gone = frozenset(hidden(_products_of(profile))) | (categories & hidden_categories)
    return (PROFILE.encode(_without(profile, gone)), gone) if gone else (body, gone)


_SAVING: Final = re.compile(rb'"discount_percent":(?!0,)')


def with_offers_of_now(body: bytes, visible_lists: VisibleLists) -> tuple[bytes, frozenset[str]]:
    """Return the profile's bytes with the savings that the shop promises now, and what changed.

    An offer ends before the profiles that show it do, and earlier releases showed savings that
    nobody had promised. A bundle without a saving waits for the next decision, like a new pin.
    """
    if _SAVING.search(body) is None:
        return body, frozenset()
    profile = decode_served(body)
    bundles = profile.bundled_discount_suggestions
    now = [
        _with_offer_of_now(bundle, visible_lists) if bundle.discount_percent else bundle
        for bundle in bundles
    ]
    # What only the shop puts together is no bundle once it no longer does.
    current = tuple(bundle for bundle in now if bundle.offer is not None or not is_own(bundle))
    if current == bundles:
        return body, frozenset()
    changed = frozenset(
        f"{bundle.bundle_id} {bundle.discount_percent} {bundle.offer}" for bundle in now
    )
    return PROFILE.encode(replace(profile, bundled_discount_suggestions=current)), changed


def with_products_of_now(body: bytes, catalogue: ReadsProducts) -> tuple[bytes, frozenset[str]]:
    """Return the profile's bytes with prices, titles and categories as they are, and what changed.

    Scores and reasons stay as they were decided. While the catalogue does not answer, the profile
    stays as it is.
    """
    profile = decode_served(body)
    scores = profile.score_data
    try:
        known = catalogue.products([product.product_id for product in scores.products])
    except StoreUnavailableError:
        return body, frozenset()
    products = tuple(
        _as_of_now(product, known[product.product_id]) if product.product_id in known else product
        for product in scores.products
    )
    if products == scores.products:
        return body, frozenset()
    changed = frozenset(
        f"{now.product_id} {now.price} {now.currency} {now.title} {now.category_id}"
        for before, now in zip(scores.products, products, strict=True)
        if before != now
    )
    return PROFILE.encode(replace(profile, score_data=replace(scores, products=products))), changed


def _as_of_now(scored: ScoredProduct, product: Product) -> ScoredProduct:
    return replace(
        scored,
        category_id=product.category_id,
        title=product.title,
        price=product.price,
        currency=product.currency,
        image_url=product.image_url,
        rating=product.rating,
    )


def _with_offer_of_now(bundle: BundleSuggestion, visible_lists: VisibleLists) -> BundleSuggestion:
    offer = visible_lists.offer_for(bundle.product_ids)
    if offer is None:
        return replace(bundle, discount_percent=0, offer=None)
    return replace(bundle, discount_percent=offer.percent, offer=offer.bundle_offer)


def _products_of(profile: Profile) -> list[str]:
    named = [product.product_id for product in profile.score_data.products]
    named += [slot.product_id for slot in profile.slate]
    named += profile.recent_products
    named += [product.product_id for product in profile.trending_recommendations]
    for bundle in profile.bundled_discount_suggestions:
        named += bundle.product_ids
    return list(dict.fromkeys(named))


def _without(profile: Profile, gone: frozenset[str]) -> Profile:
    scores, bundles = profile.score_data, profile.bundled_discount_suggestions
    trending = profile.trending_recommendations
    categories = tuple(known for known in scores.categories if known.category_id not in gone)
    products = tuple(product for product in scores.products if product.product_id not in gone)
    return replace(
        profile,
        score_data=ScoreData(categories=categories, products=products),
        slate=tuple(slot for slot in profile.slate if slot.product_id not in gone),
        recent_products=tuple(name for name in profile.recent_products if name not in gone),
        bundled_discount_suggestions=tuple(
            bundle for bundle in bundles if gone.isdisjoint(bundle.product_ids)
        ),
        trending_recommendations=tuple(
            product for product in trending if product.product_id not in gone
        ),
        reasons=main_reasons(products),
    )
