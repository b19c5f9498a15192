"""Bundles that the shop puts together itself, whether or not anybody has bought them so.

An offer of certain products is one bundle. An offer of categories makes one of the best product of
each in the decision. Those with a product at hand come first, then those with most products among
the best, then the rules' own order.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

from personalization.decisions.pinned import Pinned
from personalization.domain.action_table import category_ids_of, product_ids_of
from personalization.domain.decision import Decision
from personalization.domain.identifiers import MAXIMUM_ID_LENGTH, BundleId, CategoryId, ProductId
from personalization.domain.profile import BundleSuggestion
from personalization.merchandising.in_force import Offer

OWN_FIRST: Final = 2
"""Of the shop's own bundles that stand before those that are bought together."""
MOST_OFFERS: Final = 200
"""Offers of which bundles are made: each costs a decision some microseconds."""
MOST_LOOKED_AT: Final = 20
"""Of the best of them, some of which may be hidden."""
KeptBundle = tuple[BundleSuggestion, ...]
"""One, or none where it would be no saving."""
REASON: Final = "Put together by the shop"
_PREFIX: Final = "offer:"


def is_own(bundle: BundleSuggestion) -> bool:
    return bundle.bundle_id.startswith(_PREFIX)


def own_bundles(
    decision: Decision, subjects: Sequence[str], pinned: Pinned, kept: dict[str, KeptBundle]
) -> list[BundleSuggestion]:
    """Return the bundles that offers in force make, best first; hidden products may be in them.

    `kept` is what was made under the same rules and catalogue, to be added to.
    """
    best = _best_of_categories(decision, pinned)
    found: list[BundleSuggestion] = []
    for offer in pinned.rules.rules.offers[:MOST_OFFERS]:
        products = _products_of(offer, best)
        if products:
            found += _bundle(offer, products, pinned, kept)
    at_hand, among = set(subjects), set(product_ids_of(decision.actions))
    found.sort(
        key=lambda bundle: (
            at_hand.isdisjoint(bundle.product_ids),
            -len(among.intersection(bundle.product_ids)),
        )
    )
    return found[:MOST_LOOKED_AT]


def _best_of_categories(decision: Decision, pinned: Pinned) -> Mapping[CategoryId, ProductId]:
    wanted = {
        name for offer in pinned.rules.rules.offers[:MOST_OFFERS] for name in offer.own_categories
    }
    best: dict[CategoryId, ProductId] = {}
    if wanted:
        ids, categories = product_ids_of(decision.actions), category_ids_of(decision.actions)
        for product_id, category_id in zip(ids, categories, strict=True):
            if category_id in wanted:
                best.setdefault(category_id, product_id)
    return best


def _products_of(offer: Offer, best: Mapping[CategoryId, ProductId]) -> tuple[ProductId, ...]:
    if offer.own_products:
        return offer.own_products
    chosen = tuple(best[name] for name in offer.own_categories if name in best)
    return chosen if len(chosen) == len(offer.own_categories) else ()


def _bundle(
    offer: Offer,
    products: tuple[ProductId, ...],
    pinned: Pinned,
    kept: dict[str, KeptBundle],
) -> KeptBundle:
    """Return the bundle with the best offer for it; none where that is no saving."""
    bundle_id = _id_of(offer, products)
    known = kept.get(bundle_id)
    if known is not None:
        return known
    priced = pinned.visible.offer_for(products)
    if priced is not None:
        bundle = BundleSuggestion(
            bundle_id=bundle_id,
            product_ids=products,
            discount_percent=priced.percent,
            reason=REASON,
            offer=priced.bundle_offer,
        )
        kept[bundle_id] = (bundle,)
        return (bundle,)
    # A product that is missing may be in the catalogue any moment.
    if len(pinned.catalogue.products(products)) == len(products):
        kept[bundle_id] = ()
    return ()


def _id_of(offer: Offer, products: Sequence[ProductId]) -> BundleId:
    """Return an id that is the same as long as the rule offers the same products."""
    text = "+".join(products)
    plain = f"{_PREFIX}{offer.rule_id}:{text}"
    if len(plain) <= MAXIMUM_ID_LENGTH:
        return BundleId(plain)
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    return BundleId(f"{_PREFIX}{offer.rule_id}:{digest}")
