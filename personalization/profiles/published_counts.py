"""A profile whose sentences and figures tell nothing of a few people."""

from dataclasses import replace
from functools import lru_cache
from typing import Final

from personalization.codec.json_codec import PROFILE
from personalization.decisions.former_records import decode_served
from personalization.domain.privacy.small_counts import SmallCounts
from personalization.domain.profile import BundleSuggestion, Profile, TrendingProduct
from personalization.explanations.counted_reasons import (
    published_bundle_reason,
    published_growth,
    published_trending_reason,
)
from personalization.value_classes import copy_with

_KEPT_TUPLES: Final = 1_000
"""Many profiles of a generation have the same bundles and trends; about 2 MB."""


def with_small_counts(profile: Profile, counts: SmallCounts) -> Profile:
    """Return the profile as it may be published; the same one where nothing is to be left out."""
    bundles, trending = profile.bundled_discount_suggestions, profile.trending_recommendations
    if counts.tells_all or not (bundles or trending):
        return profile
    return copy_with(
        profile,
        bundled_discount_suggestions=_bundles(bundles, counts),
        trending_recommendations=_trends(trending, counts),
    )


def published_bytes(body: bytes, counts: SmallCounts) -> bytes:
    return PROFILE.encode(with_small_counts(decode_served(body), counts))


@lru_cache(maxsize=_KEPT_TUPLES)
def _bundles(
    bundles: tuple[BundleSuggestion, ...], counts: SmallCounts
) -> tuple[BundleSuggestion, ...]:
    return tuple([_bundle(bundle, counts) for bundle in bundles])


@lru_cache(maxsize=_KEPT_TUPLES)
def _trends(
    trends: tuple[TrendingProduct, ...], counts: SmallCounts
) -> tuple[TrendingProduct, ...]:
    return tuple([_trend(trend, counts) for trend in trends])


def _bundle(bundle: BundleSuggestion, counts: SmallCounts) -> BundleSuggestion:
    return replace(bundle, reason=published_bundle_reason(bundle.reason, counts))


def _trend(product: TrendingProduct, counts: SmallCounts) -> TrendingProduct:
    return replace(
        product,
        growth=published_growth(product.growth, product.reason, counts),
        reason=published_trending_reason(product.reason, counts),
    )
