from collections.abc import Sequence
from dataclasses import dataclass

from personalization.decisions.pinned import Pinned
from personalization.domain.decision import Decision
from personalization.domain.event import EventType
from personalization.domain.identifiers import BundleId, ProductId
from personalization.domain.prior import PriorTable, RankedMember
from personalization.domain.profile import BundleOffer, BundleSuggestion
from personalization.merchandising.in_force import Offer

SHOWN = 3
SUBJECTS = 6
"""Products whose bundles are looked at: the newest of the session, then the best of the set."""


@dataclass(frozen=True, slots=True)
class FoundBundle:
    bundle: RankedMember
    title: str
    """Of the product at hand that it was found by."""
    products: tuple[ProductId, ...]


def suggest_bundles(decision: Decision, pinned: Pinned) -> tuple[BundleSuggestion, ...]:
    """Return the strongest bundles of the products at hand, with what the shop offers for them."""
    suggestions = []
    for found in bundles_at_hand(decision, pinned):
        offer = pinned.visible.offer_for(found.products)
        suggestions.append(
            BundleSuggestion(
                bundle_id=BundleId(found.bundle.member_id),
                product_ids=found.products,
                discount_percent=offer.percent if offer is not None else 0,
                reason=_reason(found, pinned),
                offer=bundle_offer(offer),
            )
        )
    return tuple(suggestions)


def bundles_at_hand(decision: Decision, pinned: Pinned) -> list[FoundBundle]:
    """Return the strongest bundles of the products at hand, each once, that can be shown whole."""
    priors, visible = pinned.priors, pinned.visible
    subjects = _subjects(decision)
    lists = priors.read_many([(PriorTable.BUNDLES, subject) for subject in subjects])
    found: dict[str, tuple[str, RankedMember]] = {}
    for subject in subjects:
        for bundle in lists[PriorTable.BUNDLES, subject][:SHOWN]:
            if bundle.member_id not in found:
                found[bundle.member_id] = subject, bundle
    chosen = list(found.items())[: None if visible.hides_anything else SHOWN]
    contents = priors.read_many([(PriorTable.BUNDLE_PRODUCTS, bundle) for bundle, _ in chosen])
    whole = []
    for bundle_id, (subject, bundle) in chosen:
        members = contents[PriorTable.BUNDLE_PRODUCTS, bundle_id]
        products = tuple([ProductId(member.member_id) for member in members])
        if not visible.hidden_among(products):
            whole.append(FoundBundle(bundle, _title(subject, pinned), products))
    return whole[:SHOWN]


def bundle_offer(offer: Offer | None) -> BundleOffer | None:
    return None if offer is None else BundleOffer(rule_id=offer.rule_id, reason=offer.reason)


def _subjects(decision: Decision) -> Sequence[str]:
    acted = (event for event in decision.evidence if event.type.is_interaction)
    own = [event.subject for event in acted if event.type is not EventType.CATEGORY_VIEW]
    best = [action.product_id for action in decision.actions]
    return list(dict.fromkeys([*own, *best]))[:SUBJECTS]


def _title(subject: str, pinned: Pinned) -> str:
    product = pinned.catalogue.products((ProductId(subject),)).get(ProductId(subject))
    return product.title if product else subject


def _reason(found: FoundBundle, pinned: Pinned) -> str:
    count, strength = found.bundle.support, found.bundle.value
    how_often = f"by {count} shoppers" if pinned.priors.counts_shoppers() else f"{count} times"
    return (
        f"Bought together: with {found.title} {how_often}, "
        f"{strength:.1f} times as often as by chance"
    )
