"""What the night knows of a person, as terms of the score, candidates and context.

A term's strengths, which are divided by their total over the set:

    products     s(a)
    categories   s(category of a) * popularity of a within its category
    brands       s(brand of a) * popularity of a
    sizes        sum of s over the sizes of a * popularity of a
    price        exp(-(price of a - mean)^2 / (2 spread^2)) * popularity of a

with s the person's tastes and scaled prices. What is liked is a kind of thing; which one of that
kind is what others say. Everything is read of the generation, which a replay has too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import exp

from personalization.domain.asked import Term
from personalization.domain.context import CategoryAffinity
from personalization.domain.decision import ActionSource
from personalization.domain.identifiers import CategoryId, ProductId, UserId
from personalization.domain.prior import PriorName, PriorTable, RankedList
from personalization.domain.tastes import (
    PRICE_MEAN,
    PRICE_SPREAD,
    PRODUCT_PRICE,
    TasteKind,
    TasteTerm,
)
from personalization.merchandising.visible_lists import VisibleLists
from personalization.priors.active_priors import ActivePriors

LIKED_PRODUCTS = 30
LIKED_CATEGORIES = 3
"""Of which the leaders are candidates, and which the policy may see."""
LEADERS = 10
LEAST_SPREAD = 0.05
"""Of scaled prices: who bought once is no shopper of one price."""

Row = Mapping[str, float]
"""A product's priors and traits."""
_OTHERS = PriorName.POPULARITY.value
_WITHIN = PriorName.POPULARITY_CATEGORY.value
_NOTHING: Row = {}


@dataclass(frozen=True, slots=True)
class Tastes:
    """What one person likes: strengths by kind, those of a kind adding up to 1."""

    products: Row
    categories: Row
    traits: Mapping[TasteKind, Row]
    """Of brands and sizes, by the names that products have them by, such as `brand:nike`."""
    price: tuple[float, float] | None
    """Mean and spread of scaled prices."""

    @classmethod
    def of(cls, members: RankedList) -> "Tastes":
        found: dict[str, dict[str, float]] = {kind.value: {} for kind in TasteKind}
        values: dict[str, float] = {}
        for member in members:
            kind, _, name = member.member_id.partition(":")
            if kind == TasteKind.PRICE:
                values[member.member_id] = member.value
            elif kind in _BY_TRAIT:
                found[kind][member.member_id] = member.strength
            else:
                found[kind][name] = member.strength
        price = None
        if PRICE_MEAN in values:
            price = values[PRICE_MEAN], max(LEAST_SPREAD, values.get(PRICE_SPREAD, 0.0))
        traits = {kind: found[kind] for kind in _BY_TRAIT}
        return cls(found[TasteKind.PRODUCT], found[TasteKind.CATEGORY], traits, price)

    def affinities(self) -> tuple[CategoryAffinity, ...]:
        """Return the strongest categories, for the context."""
        return tuple(
            CategoryAffinity(CategoryId(category), strength)
            for category, strength in list(self.categories.items())[:LIKED_CATEGORIES]
        )

    def lists(self, visible: VisibleLists) -> list[tuple[ActionSource, Sequence[str]]]:
        """Return the lists that the action set takes of them."""
        own = visible.visible_among(list(self.products)[:LIKED_PRODUCTS])
        keys = [
            (PriorTable.CATEGORY_LEADERS, category)
            for category in list(self.categories)[:LIKED_CATEGORIES]
        ]
        leaders = [visible.member_ids(key)[:LEADERS] for key in keys]
        return [
            (ActionSource.USER_PRODUCTS, own),
            *((ActionSource.USER_CATEGORIES, found) for found in leaders),
        ]

    def strengths(
        self,
        name: TasteTerm,
        products: Mapping[ProductId, CategoryId],
        row_of: Callable[[ProductId], Row],
    ) -> dict[ProductId, float]:
        """Return the strength of each product that has one by a term."""
        found = {
            product: STRENGTH_OF_TERM[name](self, product, category, row_of(product))
            for product, category in products.items()
        }
        return {product: strength for product, strength in found.items() if strength > 0}


_BY_TRAIT = (TasteKind.BRAND, TasteKind.SIZE)


def _of_product(tastes: Tastes, product: ProductId, _: CategoryId, __: Row) -> float:
    return tastes.products.get(product, 0.0)


def _of_category(tastes: Tastes, _: ProductId, category: CategoryId, row: Row) -> float:
    return tastes.categories.get(category, 0.0) * row.get(_WITHIN, 0.0)


def _of_brand(tastes: Tastes, _: ProductId, __: CategoryId, row: Row) -> float:
    return _of_traits(tastes.traits[TasteKind.BRAND], row)


def _of_size(tastes: Tastes, _: ProductId, __: CategoryId, row: Row) -> float:
    return _of_traits(tastes.traits[TasteKind.SIZE], row)


def _of_traits(liked: Row, row: Row) -> float:
    return sum([of for name, of in liked.items() if name in row], 0.0) * row.get(_OTHERS, 0.0)


def _of_price(tastes: Tastes, _: ProductId, __: CategoryId, row: Row) -> float:
    if tastes.price is None or PRODUCT_PRICE not in row:
        return 0.0
    mean, spread = tastes.price
    distance = (row[PRODUCT_PRICE] - mean) / spread
    return exp(-distance * distance / 2) * row.get(_OTHERS, 0.0)


STRENGTH_OF_TERM: Mapping[TasteTerm, Callable[[Tastes, ProductId, CategoryId, Row], float]] = {
    TasteTerm.PRODUCTS: _of_product,
    TasteTerm.CATEGORIES: _of_category,
    TasteTerm.BRANDS: _of_brand,
    TasteTerm.SIZES: _of_size,
    TasteTerm.PRICE: _of_price,
}


def tastes_of(user_id: UserId | None, priors: ActivePriors) -> Tastes | None:
    """Return None for who is anonymous or unknown to the night, or where tastes do not help."""
    if user_id is None or not any(shares_of(priors).values()):
        return None
    members = priors.tastes(user_id)
    return Tastes.of(members) if members else None


def shares_of(priors: ActivePriors) -> dict[TasteTerm, float]:
    """Return what the night has fitted; nothing of a generation that knows nobody."""
    parameters = priors.generation().parameters
    return {
        term: float(parameters[share_name(term)])
        for term in TasteTerm
        if share_name(term) in parameters
    }


def share_name(term: TasteTerm) -> str:
    """Return the parameter of a generation that has the share."""
    return f"{term.value}_share"


def taste_terms(
    tastes: Tastes | None,
    products: Mapping[ProductId, CategoryId],
    priors: ActivePriors,
    room: float,
) -> list[Term]:
    """`room` is what other terms leave of the weight of the priors."""
    if tastes is None:
        return []
    keys = {product: (PriorTable.PRODUCT_PRIORS, str(product)) for product in products}
    rows = priors.strengths(list(keys.values()))

    def row_of(product: ProductId) -> Row:
        return rows.get(keys[product], _NOTHING)

    return [
        Term(name.value, share * room, tastes.strengths(name, products, row_of))
        for name, share in shares_of(priors).items()
        if share > 0
    ]
