"""A shop of known truth whose rows are filtered: products with fields, priors, true click chances.

A shopper of latent type z who sees product a in slot k of a row or list clicks with

    P(click) = rate appeal(a) lift(z, a) examined(k),    at most 0.7

Appeals and lifts are lognormal and know nothing of the ranking. Its priors are counts of views of
days before, by which the types' tastes can be told but not the appeals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from evaluation.simulation.calibration import POSITION_BIAS, Floats
from personalization.catalogue.filters.filter import EVERYTHING, Filter
from personalization.catalogue.filters.filter_document import parse_filter
from personalization.catalogue.filters.holds import holds
from personalization.domain.identifiers import CategoryId, GenerationId, ProductId
from personalization.domain.prior import (
    GLOBAL_SCOPE,
    Generation,
    PriorKey,
    PriorTable,
    RankedList,
    RankedMember,
)
from personalization.domain.product import Category, Product
from personalization.ports.stores import KeptStores

PRODUCTS, TYPES, LARGEST_CHANCE = 120, 4, 0.7
RATE = 0.2
"""Of a fresh product in the first slot on average: logs of some hundred visits then say something
of most targets."""
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
_CATEGORIES, _BRANDS = ("dresses", "shirts", "shoes"), ("Alba", "Brio", "Corso", "Duna")
_GENERATION = GenerationId("simulated")
_LISTED = 60
"""Products that the list of similar ones of a product has."""


@dataclass(frozen=True, slots=True)
class FilteredShop:
    products: tuple[Product, ...]
    tastes: Floats
    """Share of each product among a type's views: (types, products)."""
    chances: Floats
    """Of a click in the first slot: (types, products)."""
    similar: Floats
    """How often the column's product is viewed with the row's: (products, products)."""

    @classmethod
    def make(cls, seed: int) -> "FilteredShop":
        generator = np.random.default_rng([seed, 14])
        standard = generator.standard_normal
        tastes = np.exp(standard(PRODUCTS) + 1.2 * standard((TYPES, PRODUCTS)))
        tastes /= tastes.sum(1, keepdims=True)
        popular = tastes.mean(0)
        # Half of what is clicked the ranking can tell: what sells, and what suits the visit.
        chances = np.exp(0.7 * standard(PRODUCTS)) * popular**0.4 * (tastes / popular) ** 0.5
        chances *= RATE / chances.mean()
        similar = tastes.T @ tastes / TYPES
        np.fill_diagonal(similar, 0.0)
        products = tuple(_product(number, generator) for number in range(PRODUCTS))
        return cls(products, tastes, np.minimum(chances, LARGEST_CHANCE), similar)

    def chance(self, kind: int, product: int, position: int) -> float:
        return float(self.chances[kind, product]) * POSITION_BIAS[min(position, 11)]

    def similar_to(self, product: int) -> list[int]:
        """Return what is most viewed with a product, best first."""
        found: list[int] = np.argsort(-self.similar[product], kind="stable")[:_LISTED].tolist()
        return found

    def keep(self, products: Sequence[int], wanted: Filter) -> list[int]:
        """Return those that a filter holds for, in their order."""
        today = START.date()
        return [
            number for number in products if holds(wanted, self.products[number], None, today=today)
        ]

    def write(self, kept: KeptStores) -> None:
        """Write catalogue and priors, and promote them."""
        kept.catalogue.write_categories(
            [Category(category_id=CategoryId(name), name=name.title()) for name in _CATEGORIES]
        )
        kept.catalogue.write_products(self.products)
        kept.priors.write_many(_GENERATION, self._priors())
        kept.priors.register(
            Generation(
                generation_id=_GENERATION, run_date=START.date(), created_at=START,
                rows_by_table={}, absent={}, parameters={},
            )
        )  # fmt: skip
        kept.priors.promote(_GENERATION)

    def _priors(self) -> list[tuple[PriorKey, RankedList]]:
        popular = self.tastes.mean(0)
        ids = [product.product_id for product in self.products]
        found: list[tuple[PriorKey, RankedList]] = [
            ((PriorTable.POPULAR_PRODUCTS, GLOBAL_SCOPE), _ranked_list(ids, popular))
        ]
        for number, product_id in enumerate(ids):
            share = float(popular[number])
            found += [
                (
                    (PriorTable.PRODUCT_AFFINITY, product_id),
                    _ranked_list(ids, self.similar[number]),
                ),
                (
                    (PriorTable.PRODUCT_PRIORS, product_id),
                    (RankedMember("popularity", share, 1e4 * share, 5),),
                ),
            ]
        return found


def random_filter(generator: np.random.Generator) -> Filter:
    """Return one of the kinds that shops send, or none at all."""
    low = float(generator.integers(10, 60))
    price = {"field": "price", "at_least": low, "at_most": low + 50}
    brands = {"field": "brand", "is": list(generator.choice(_BRANDS, 2, replace=False))}
    category = {"field": "category", "is": [str(generator.choice(_CATEGORIES))]}
    rated = {"field": "rating", "exists": True}
    documents: list[dict[str, object] | None] = [
        None,
        price,
        {"all": [price, {"not": category}]},
        {"any": [brands, {"all": [category, rated]}]},
        {"not": {"any": [brands, {"not": rated}]}},
    ]
    document = documents[int(generator.integers(len(documents)))]
    return EVERYTHING if document is None else parse_filter(document)


def _product(number: int, generator: np.random.Generator) -> Product:
    return Product(
        product_id=ProductId(f"p{number}"),
        category_id=CategoryId(_CATEGORIES[number % len(_CATEGORIES)]),
        title=f"Product {number}",
        price=float(generator.integers(10, 110)),
        brand=str(generator.choice(_BRANDS)),
        rating=4.0 if generator.random() < 0.8 else None,  # noqa: PLR2004 (most are rated)
        listed_on=START.date(),
    )


def _ranked_list(ids: Sequence[ProductId], strengths: Floats) -> RankedList:
    order = np.argsort(-strengths, kind="stable")[:_LISTED].tolist()
    best = float(strengths[order[0]])
    shares = [float(strengths[place]) / best for place in order]
    return tuple(
        RankedMember(ids[place], share, 1e4 * share, 5)
        for place, share in zip(order, shares, strict=True)
        if share > 0
    )
