"""A served profile without the products that the shop has hidden since it was made."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

import msgspec

from personalization.profiles.served_profile import (
    REASONS_SHOWN,
    ScoreData,
    ServedProfile,
    encode_profile,
)

_DECODER = msgspec.json.Decoder(ServedProfile)


def without_hidden(
    body: bytes,
    hidden: Callable[[Sequence[str]], AbstractSet[str]],
    hidden_categories: AbstractSet[str],
) -> tuple[bytes, frozenset[str]]:
    """Return the profile's bytes and what had to leave; the very bytes where nothing had to.

    Slots are left empty, not filled: what stays keeps its position and its propensity, which are
    those of its draw, so that impressions teach what they would have taught. A bundle leaves with
    any of its products.
    """
    profile = _DECODER.decode(body)
    gone = frozenset(
        (
            *hidden(_products_of(profile)),
            *(
                category.category_id
                for category in profile.score_data.categories
                if category.category_id in hidden_categories
            ),
        )
    )
    return (encode_profile(_without(profile, gone)), gone) if gone else (body, gone)


def _products_of(profile: ServedProfile) -> list[str]:
    named = dict.fromkeys(
        (
            *(product.product_id for product in profile.score_data.products),
            *(slot.product_id for slot in profile.slate),
            *profile.recent_products,
            *(product.product_id for product in profile.trending_recommendations),
            *(
                name
                for bundle in profile.bundled_discount_suggestions
                for name in bundle.product_ids
            ),
        )
    )
    return list(named)


def _without(profile: ServedProfile, gone: frozenset[str]) -> ServedProfile:
    products = [
        product for product in profile.score_data.products if product.product_id not in gone
    ]
    categories = [
        category for category in profile.score_data.categories if category.category_id not in gone
    ]
    return msgspec.structs.replace(
        profile,
        score_data=ScoreData(categories=categories, products=products),
        slate=[slot for slot in profile.slate if slot.product_id not in gone],
        recent_products=[
            recent_product
            for recent_product in profile.recent_products
            if recent_product not in gone
        ],
        bundled_discount_suggestions=[
            bundle
            for bundle in profile.bundled_discount_suggestions
            if gone.isdisjoint(bundle.product_ids)
        ],
        trending_recommendations=[
            product
            for product in profile.trending_recommendations
            if product.product_id not in gone
        ],
        reasons=list(dict.fromkeys(product.reason for product in products))[:REASONS_SHOWN],
    )
