"""Bundles as the releases before offers suggested them, so that what those kept is made again.

They put a saving by the size of the bundle, which no shop had promised, and words of their own.
Nobody is shown it any more: what is served of such a record has the offers of now.
"""

from dataclasses import replace

from personalization.decisions.pinned import Pinned
from personalization.domain.identifiers import BundleId
from personalization.domain.profile import BundleSuggestion, Profile
from personalization.ports.decision_history import DecisionRecord
from personalization.profiles.bundles import FoundBundle, bundles_at_hand

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
