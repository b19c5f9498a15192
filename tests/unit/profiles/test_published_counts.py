"""What is kept has every number; what leaves has none of a few people."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.codec.json_codec import PROFILE
from personalization.domain.identifiers import BundleId, ProductId
from personalization.domain.privacy.small_counts import ALL_COUNTS, SmallCounts, SmallCountsAs
from personalization.domain.profile import BundleSuggestion, Profile, TrendingProduct
from personalization.domain.session import Session
from personalization.explanations.bundles import explain_bundle
from personalization.explanations.counted_reasons import bundle_reason, trending_reason
from personalization.profiles.builder import ProfileBuilder, stored_profile
from personalization.profiles.published_counts import published_bytes, with_small_counts
from personalization.sessions.counting import take
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.profile import a_profile
from tests.builders.shops.small_shop import SmallShop, a_small_shop

COUNTS = st.builds(SmallCounts, st.integers(2, 100), st.sampled_from(SmallCountsAs))
PEOPLE = st.integers(0, 120)


def after_a_view(shop: SmallShop) -> Session:
    event = an_event()
    return take(Session.start(event), event, shop.catalogue.products(event.product_ids))[0]


def told_of(people: int) -> Profile:
    """Return a profile with a bundle and a trend of so many shoppers, and no other digits."""
    bundle = BundleSuggestion(
        bundle_id=BundleId("bundle"),
        product_ids=(ProductId("shirt"), ProductId("hat")),
        discount_percent=0,
        reason=bundle_reason("Shirt", people, 1.84, of_shoppers=True),
    )
    trend = TrendingProduct(
        product_id=ProductId("hat"),
        growth=2.345678,
        reason=trending_reason(people, 2.345678, of_shoppers=True),
    )
    return a_profile(bundled_discount_suggestions=(bundle,), trending_recommendations=(trend,))


def numbers_in(value: object) -> set[str]:
    """Return every number of a part of JSON, in figures and in sentences."""
    text = msgspec.json.encode(value).decode()
    digits = "".join(sign if sign.isdigit() or sign in ".," else " " for sign in text)
    return {number.strip(".,") for number in digits.split()} - {""}


@given(people=PEOPLE, counts=COUNTS)
def test_no_field_or_sentence_of_a_profile_tells_of_too_few(
    people: int, counts: SmallCounts
) -> None:
    kept = told_of(people)
    published = with_small_counts(kept, counts)
    told = counts.round_down(people)
    bundle, trend = {str(counts.smallest)}, {str(counts.smallest), "2.0"}
    if told is not None:
        bundle, trend = {str(told), "1.8"}, {str(told), "2.3"}
    [suggestion] = published.bundled_discount_suggestions
    assert numbers_in(suggestion.reason) <= bundle
    assert numbers_in(explain_bundle(suggestion, counts).sentence) <= bundle
    assert numbers_in(explain_bundle(kept.bundled_discount_suggestions[0], counts).sentence) <= (
        bundle
    )
    [shown] = published.trending_recommendations
    assert numbers_in([shown.growth, shown.reason]) <= trend
    assert with_small_counts(published, counts) == published


@pytest.mark.parametrize("small", SmallCountsAs)
def test_the_kept_record_has_the_numbers_that_the_stored_bytes_lack(
    tmp_path: Path, small: SmallCountsAs
) -> None:
    shop, counts = a_small_shop(tmp_path), SmallCounts(10, small)
    record = ProfileBuilder(shop.decider).make(after_a_view(shop), NOON)
    assert "by 5 shoppers" in record.profile.bundled_discount_suggestions[0].reason
    assert "5 shoppers lately" in record.profile.trending_recommendations[0].reason

    stored = stored_profile(record.profile, counts)
    assert b"5 shoppers" not in stored.body
    assert stored.body == published_bytes(stored_profile(record.profile).body, counts)
    everything_else = replace(
        PROFILE.decode(stored.body),
        bundled_discount_suggestions=record.profile.bundled_discount_suggestions,
        trending_recommendations=record.profile.trending_recommendations,
    )
    assert everything_else == record.profile


def test_a_shop_that_publishes_everything_stores_the_profile_as_it_is() -> None:
    profile = told_of(3)
    assert with_small_counts(profile, ALL_COUNTS) is profile
