"""Substitutes of some products, and what completes them: two lists that share no product.

    co(a)    = sum over the anchors x of A(x, a), and what neighbours saw of the anchors, largest 1
    close(a) = the smaller of both prices by the larger one; one half where a price is not known
    similar(a) = (0.5 + co(a)) close(a)^2     a in the category of an anchor

Where the anchors' categories have few such products, the best of the same parent's others count
half, but those that orders or carts hold with an anchor. What completes an anchor is in none of its
categories and none of its substitutes:

    complementary(a) = (co(a) + together(a)) / sqrt(0.001 + popularity(a))

together being how strongly orders or carts of the night hold both. What is popular is looked at
with everything: the root leaves it half of that.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from personalization.decisions.pinned import Pinned
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.prior import PriorKey, PriorName, PriorTable
from personalization.domain.product import Product
from personalization.ranking.signals.signal import SessionVisit

FEW: Final = 12
"""A row of six with as many to explore."""
_LEAST, _UNKNOWN_CLOSENESS, _OF_RELATIVES, _LEAST_POPULAR = 0.5, 0.25, 0.5, 0.001
_VIEWS = "products viewed in one session"
"""What a generation says its bundles were made of where nobody had bought anything."""
BUNDLES_FROM = "bundles_from"
MOST_LISTED: Final = 200


def substitutes(anchors: Sequence[ProductId], pinned: Pinned) -> list[ProductId]:
    """Return them best first, hidden ones among them."""
    return _substitutes(_AnchorView.of(anchors, pinned), pinned)


@dataclass(frozen=True, slots=True)
class _AnchorView:
    """What both lists of the same anchors are made of."""

    anchors: Sequence[ProductId]
    products: Mapping[ProductId, Product]
    """The anchors' own."""
    own: set[CategoryId]
    known: Mapping[ProductId, Product]
    """What may be looked at with them."""
    co: Mapping[str, float]
    together: Mapping[ProductId, float]
    """What orders or carts hold with them."""

    @classmethod
    def of(cls, anchors: Sequence[ProductId], pinned: Pinned) -> "_AnchorView":
        products = pinned.catalogue.products(anchors)
        own = {product.category_id for product in products.values()}
        known, co = _looked_at_with(anchors, own, pinned)
        return cls(anchors, products, own, known, co, bought_with(anchors, pinned))


def _substitutes(view: _AnchorView, pinned: Pinned) -> list[ProductId]:
    products, own, known, co = view.products, view.own, view.known, view.co
    prices = [product.price for product in products.values() if product.price]
    scores = {
        product.product_id: (_LEAST + co.get(product.product_id, 0.0)) * _closeness(product, prices)
        for product in known.values()
        if product.category_id in own
    }
    if len(scores) < FEW:
        scores |= _relatives(view, prices, FEW - len(scores), pinned)
    return _best_first(scores, view.anchors)


def _relatives(
    view: _AnchorView, prices: Sequence[float], most: int, pinned: Pinned
) -> dict[ProductId, float]:
    """Return the best of the same parent's other categories, but what goes with the anchors."""
    parents = {pinned.catalogue.category_parent(category) for category in view.own} - {None}
    if not parents:
        return {}
    scores = {
        product.product_id: _OF_RELATIVES
        * (_LEAST + view.co.get(product.product_id, 0.0))
        * _closeness(product, prices)
        for product in view.known.values()
        if product.category_id not in view.own
        and product.product_id not in view.together
        and pinned.catalogue.category_parent(product.category_id) in parents
    }
    best = sorted(scores, key=lambda product: (-scores[product], product))[:most]
    return {product: scores[product] for product in best}


def likest(
    anchors: Sequence[ProductId], product_ids: Sequence[ProductId], pinned: Pinned
) -> list[ProductId]:
    """Return products that nobody has looked at, best first: the words of titles stand for co."""
    own = pinned.catalogue.products(anchors).values()
    prices = [product.price for product in own if product.price]
    titles = [_words(product) for product in own]

    def score(product: Product) -> float:
        words = _words(product)
        shared = max((len(words & title) / max(1, len(title)) for title in titles), default=0.0)
        return (_LEAST + shared) * _closeness(product, prices)

    known = pinned.catalogue.products(product_ids)
    return sorted(known, key=lambda product_id: -score(known[product_id]))


def _words(product: Product) -> set[str]:
    return set(product.title.casefold().split())


def complements(anchors: Sequence[ProductId], pinned: Pinned) -> list[ProductId]:
    """Return them best first, hidden ones among them."""
    view = _AnchorView.of(anchors, pinned)
    own, co, together = view.own, view.co, view.together
    known = {**view.known, **pinned.catalogue.products(list(together))}
    barred = {*_substitutes(view, pinned), *anchors}
    keys: list[PriorKey] = [(PriorTable.PRODUCT_PRIORS, product) for product in known]
    priors = pinned.priors.strengths(keys)
    scores = {
        product.product_id: (
            co.get(product.product_id, 0.0) + together.get(product.product_id, 0.0)
        )
        / sqrt(
            _LEAST_POPULAR
            + priors[PriorTable.PRODUCT_PRIORS, product.product_id].get(
                PriorName.POPULARITY.value, 0.0
            )
        )
        for product in known.values()
        if product.category_id not in own and product.product_id not in barred
    }
    return _best_first(scores, anchors)


def bought_with(anchors: Sequence[ProductId], pinned: Pinned) -> dict[ProductId, float]:
    """Return what orders or carts hold with them, with its strength; nothing out of mere views."""
    priors = pinned.priors
    if priors.generation().parameters.get(BUNDLES_FROM) == _VIEWS:
        return {}
    keys: list[PriorKey] = [(PriorTable.BUNDLES, anchor) for anchor in anchors]
    strengths: dict[str, float] = {}
    for members in priors.read_many(keys).values():
        for bundle in members:
            strengths[bundle.member_id] = max(bundle.strength, strengths.get(bundle.member_id, 0.0))
    contents = priors.read_many([(PriorTable.BUNDLE_PRODUCTS, bundle) for bundle in strengths])
    found: defaultdict[ProductId, float] = defaultdict(float)
    for (_, bundle_id), members in contents.items():
        for member in members:
            if member.member_id not in anchors:
                found[ProductId(member.member_id)] += strengths.get(bundle_id, 0.0)
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _looked_at_with(
    anchors: Sequence[ProductId], own: set[CategoryId], pinned: Pinned
) -> tuple[Mapping[ProductId, Product], Mapping[str, float]]:
    """Return what may be looked at with them, and how strongly it is."""
    priors = pinned.priors
    keys: list[PriorKey] = [(PriorTable.PRODUCT_AFFINITY, anchor) for anchor in anchors]
    lists = priors.strengths(keys)
    co: defaultdict[str, float] = defaultdict(float)
    for key in keys:
        for product_id, strength in lists[key].items():
            co[product_id] += strength
    index = priors.session_index()
    if index is not None:
        neighbours = SessionVisit(dict.fromkeys(anchors, 1), index, priors).neighbours
        most = max(neighbours.values(), default=1.0)
        for product_id, strength in neighbours.items():
            co[product_id] += strength / most
    named = dict.fromkeys([*co, *_leaders(own, pinned)])
    known = pinned.catalogue.products([ProductId(name) for name in named])
    most = max(co.values(), default=1.0)
    return known, {product_id: strength / most for product_id, strength in co.items()}


def _leaders(categories: set[CategoryId], pinned: Pinned) -> Mapping[str, float]:
    keys: list[PriorKey] = [(PriorTable.CATEGORY_LEADERS, name) for name in sorted(categories)]
    lists = pinned.priors.strengths(keys)
    return {product: strength for key in keys for product, strength in lists[key].items()}


def _closeness(product: Product, prices: Sequence[float]) -> float:
    if not product.price or not prices:
        return _UNKNOWN_CLOSENESS
    price = product.price
    return max((min(price, other) / max(price, other)) ** 2 for other in prices)


def _best_first(scores: Mapping[ProductId, float], anchors: Sequence[ProductId]) -> list[ProductId]:
    without = [(-score, product) for product, score in scores.items() if product not in anchors]
    return [product for score, product in sorted(without) if score < 0][:MOST_LISTED]
