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
                one.category_id
                for one in profile.score_data.categories
                if one.category_id in hidden_categories
            ),
        )
    )
    return (encode_profile(_without(profile, gone)), gone) if gone else (body, gone)


def _products_of(profile: ServedProfile) -> list[str]:
    named = dict.fromkeys(
        (
            *(one.product_id for one in profile.score_data.products),
            *(one.product_id for one in profile.slate),
            *profile.recent_products,
            *(one.product_id for one in profile.trending_recommendations),
            *(name for one in profile.bundled_discount_suggestions for name in one.product_ids),
        )
    )
    return list(named)


def _without(profile: ServedProfile, gone: frozenset[str]) -> ServedProfile:
    products = [one for one in profile.score_data.products if one.product_id not in gone]
    categories = [one for one in profile.score_data.categories if one.category_id not in gone]
    return msgspec.structs.replace(
        profile,
        score_data=ScoreData(categories=categories, products=products),
        slate=[one for one in profile.slate if one.product_id not in gone],
        recent_products=[one for one in profile.recent_products if one not in gone],
        bundled_discount_suggestions=[
            one for one in profile.bundled_discount_suggestions if gone.isdisjoint(one.product_ids)
        ],
        trending_recommendations=[
            one for one in profile.trending_recommendations if one.product_id not in gone
        ],
        reasons=list(dict.fromkeys(one.reason for one in products))[:REASONS_SHOWN],
    )
