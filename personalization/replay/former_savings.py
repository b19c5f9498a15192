"""Bundles as earlier releases suggested them, so that what those kept is made again.

The first put a saving by the size of the bundle, which no shop had promised, and words of their
own. Nobody is shown it any more: what is served of such a record has the offers of now. Those after
them knew offers, but computed no prices and made no bundles of the offers themselves.
"""

from dataclasses import replace

from personalization.decisions.pinned import Pinned
from personalization.domain.identifiers import BundleId
from personalization.domain.profile import BundleOffer, BundleSuggestion, Profile
from personalization.ports.decision_history import DecisionRecord
from personalization.profiles.bundles import FoundBundle, bundle_reason, bundles_at_hand
from personalization.profiles.own_bundles import is_own

PAIR, PAIR_PERCENT, LARGER_PERCENT = 2, 5, 10


def has_unpromised_savings(profile: Profile) -> bool:
    bundles = profile.bundled_discount_suggestions
    return any(bundle.discount_percent and bundle.offer is None for bundle in bundles)


def with_unpromised_savings(record: DecisionRecord, pinned: Pinned) -> DecisionRecord:
    """Return a record made of `pinned` with the bundles that an earlier release would have kept."""
    bundles = tuple(map(_suggestion, bundles_at_hand(record.decision, pinned)))
    return replace(record, profile=replace(record.profile, bundled_discount_suggestions=bundles))


def _suggestion(found: FoundBundle) -> BundleSuggestion:
    return BundleSuggestion(
        bundle_id=BundleId(found.bundle.member_id),
        product_ids=found.products,
        discount_percent=PAIR_PERCENT if len(found.products) <= PAIR else LARGER_PERCENT,
        reason=(
            f"Goes with {found.title}: chosen together {found.bundle.support} times, "
            f"{found.bundle.value:.1f} times as often as by chance"
        ),
    )


def may_lack_prices(profile: Profile) -> bool:
    """Say whether it may be of a release that neither priced offers nor made bundles of them."""
    bundles = profile.bundled_discount_suggestions
    return not any(
        is_own(bundle) or (bundle.offer is not None and bundle.offer.price is not None)
        for bundle in bundles
    )


def with_former_offers(record: DecisionRecord, pinned: Pinned) -> DecisionRecord:
    """Return a record made of `pinned` with the bundles and offers of that release."""
    found = bundles_at_hand(record.decision, pinned)
    bundles = tuple(_with_former_offer(bundle, pinned) for bundle in found)
    return replace(record, profile=replace(record.profile, bundled_discount_suggestions=bundles))


def _with_former_offer(found: FoundBundle, pinned: Pinned) -> BundleSuggestion:
    offer = pinned.visible.former_offer_for(found.products)
    said = None if offer is None else BundleOffer(rule_id=offer.rule_id, reason=offer.reason)
    return BundleSuggestion(
        bundle_id=BundleId(found.bundle.member_id),
        product_ids=found.products,
        discount_percent=(offer.percent or 0) if offer is not None else 0,
        reason=bundle_reason(found, pinned),
        offer=said,
    )
