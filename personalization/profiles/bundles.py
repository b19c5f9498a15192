from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from personalization.decisions.pinned import Pinned
from personalization.domain.action_table import product_ids_of
from personalization.domain.decision import Decision
from personalization.domain.event import EventType
from personalization.domain.identifiers import BundleId, ProductId
from personalization.domain.prior import PriorTable, RankedMember
from personalization.domain.profile import BundleSuggestion
from personalization.explanations import counted_reasons
from personalization.merchandising.kept_while import KeptWhile
from personalization.profiles.own_bundles import OWN_FIRST, is_own, own_bundles

SHOWN = 3
SUBJECTS = 6
"""Products whose bundles are looked at: the newest of the session, then the best of the set."""
KEPT_SUBJECTS = 5_000
"""Products whose suggestions are kept under the same rules; about 10 MB."""


@dataclass(frozen=True, slots=True)
class FoundBundle:
    bundle: RankedMember
    title: str
    """Of the product at hand that it was found by."""
    products: tuple[ProductId, ...]


_Suggested = dict[str, tuple[BundleSuggestion, ...]]
"""Product at hand -> the strongest of its bundles, hidden ones among them."""


class BundleSuggestions:
    """Keeps what it suggests for a product; any number of threads may ask."""

    def __init__(self) -> None:
        self._kept: KeptWhile[str, tuple[BundleSuggestion, ...]] = KeptWhile(KEPT_SUBJECTS)

    def suggest(self, decision: Decision, pinned: Pinned) -> tuple[BundleSuggestion, ...]:
        """Return the strongest bundles of the products at hand, with the shop's offers for them.

        Each is there once, and can be shown whole.
        """
        generation, products = pinned.priors.generation(), pinned.catalogue.known_products
        kept = self._kept.made_of(generation, products, pinned.rules.rules)
        subjects = _subjects(decision)
        suggested = {subject: kept[subject] for subject in subjects if subject in kept}
        if len(suggested) < len(subjects):
            missing = [subject for subject in subjects if subject not in suggested]
            made = _suggest_for(missing, pinned)
            kept.update(_without_gaps(made, pinned))
            suggested |= made
        bundles = [bundle for subject in subjects for bundle in suggested[subject]]
        own: Sequence[BundleSuggestion] = ()
        if pinned.rules.rules.offers:
            own = own_bundles(decision, subjects, pinned, kept)
            bundles = [*own[:OWN_FIRST], *bundles, *own[OWN_FIRST:]]
        if pinned.visible.hides_anything:
            named = {product_id: None for bundle in bundles for product_id in bundle.product_ids}
            hidden = pinned.visible.hidden_among(list(named))
            bundles = [bundle for bundle in bundles if hidden.isdisjoint(bundle.product_ids)]
        if own:
            return _each_once(bundles)
        found: dict[str, BundleSuggestion] = {}
        for bundle in bundles:
            if bundle.bundle_id not in found:
                found[bundle.bundle_id] = bundle
        return tuple(found.values())[:SHOWN]


def _each_once(bundles: Sequence[BundleSuggestion]) -> tuple[BundleSuggestion, ...]:
    """Return the first bundles without repetitions: what is bought together may be offered too."""
    found: dict[BundleId, BundleSuggestion] = {}
    offered: set[frozenset[ProductId]] = set()
    for bundle in bundles:
        products = frozenset(bundle.product_ids)
        known = {frozenset(other.product_ids) for other in found.values()}
        if bundle.bundle_id in found or products in (known if is_own(bundle) else offered):
            continue
        found[bundle.bundle_id] = bundle
        if is_own(bundle):
            offered.add(products)
        if len(found) == SHOWN:
            break
    return tuple(found.values())


def _suggest_for(subjects: Sequence[str], pinned: Pinned) -> _Suggested:
    found = _bundles_of(subjects, pinned)
    return {
        subject: tuple([_suggestion(bundle, pinned) for bundle in bundles])
        for subject, bundles in found.items()
    }


def _suggestion(found: FoundBundle, pinned: Pinned) -> BundleSuggestion:
    offer = pinned.visible.offer_for(found.products)
    return BundleSuggestion(
        bundle_id=BundleId(found.bundle.member_id),
        product_ids=found.products,
        discount_percent=offer.percent if offer is not None else 0,
        reason=bundle_reason(found, pinned),
        offer=offer.bundle_offer if offer is not None else None,
    )


def _without_gaps(made: _Suggested, pinned: Pinned) -> _Suggested:
    """Return those that miss no product: one that is missing may be in the catalogue any moment."""
    whole = {}
    for subject, bundles in made.items():
        named = {ProductId(subject)} if bundles else set()
        if pinned.rules.rules.offers:
            named.update(product for bundle in bundles for product in bundle.product_ids)
        if pinned.catalogue.products(list(named)).keys() == named:
            whole[subject] = bundles
    return whole


def bundles_at_hand(decision: Decision, pinned: Pinned) -> list[FoundBundle]:
    """Return the strongest bundles of the products at hand, each once, that can be shown whole."""
    found: dict[str, FoundBundle] = {}
    for bundles in _bundles_of(_subjects(decision), pinned).values():
        for bundle in bundles:
            if not pinned.visible.hidden_among(bundle.products):
                found.setdefault(bundle.bundle.member_id, bundle)
    return list(found.values())[:SHOWN]


def _bundles_of(subjects: Sequence[str], pinned: Pinned) -> Mapping[str, tuple[FoundBundle, ...]]:
    """Return the strongest bundles of each product, strongest first."""
    priors = pinned.priors
    lists = priors.read_many([(PriorTable.BUNDLES, subject) for subject in subjects])
    strongest = {subject: lists[PriorTable.BUNDLES, subject][:SHOWN] for subject in subjects}
    bundle_ids = {bundle.member_id: None for bundles in strongest.values() for bundle in bundles}
    contents = priors.read_many([(PriorTable.BUNDLE_PRODUCTS, name) for name in bundle_ids])
    products = {
        name: tuple([ProductId(of.member_id) for of in contents[PriorTable.BUNDLE_PRODUCTS, name]])
        for name in bundle_ids
    }
    known = pinned.catalogue.products(
        [ProductId(subject) for subject, bundles in strongest.items() if bundles]
    )
    titles: dict[str, str] = {product.product_id: product.title for product in known.values()}
    return {
        subject: tuple(
            [
                FoundBundle(bundle, titles.get(subject, subject), products[bundle.member_id])
                for bundle in bundles
            ]
        )
        for subject, bundles in strongest.items()
    }


def _subjects(decision: Decision) -> Sequence[str]:
    own = [
        event.subject
        for event in decision.evidence
        if event.type.is_interaction and event.type is not EventType.CATEGORY_VIEW
    ]
    # As many as may be among them already, and no more: a set has a hundred.
    best = product_ids_of(decision.actions)[:SUBJECTS]
    return list(dict.fromkeys([*own, *best]))[:SUBJECTS]


def bundle_reason(found: FoundBundle, pinned: Pinned) -> str:
    of_shoppers = pinned.priors.counts_shoppers()
    bundle = found.bundle
    return counted_reasons.bundle_reason(
        found.title, bundle.support, bundle.value, of_shoppers=of_shoppers
    )
