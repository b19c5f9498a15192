"""The products of a catalogue as made-up shoppers choose among them.

What is planted can be found again: a product has companions of its category, which are looked at
next, and a partner of another category, which is bought with it; both are of its colour where
there are such. Of a category few products have most views.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from personalization.domain.identifiers import CategoryId, ProductId

SHARED_AUDIENCES = frozenset({"", "unisex"})
"""Of products that everybody is shown."""
COMPANIONS = 3
TRIES = 8
"""Draws in which one of the wanted colours is looked for."""
POPULARITY_FALL = 0.6
"""The n-th product of a category is as popular as n to the power of minus this."""
_POPULARITY, _COMPANIONS = 0, 1
"""What numbers are drawn for."""


@dataclass(frozen=True, slots=True)
class VisitedProduct:
    product_id: ProductId
    category_id: CategoryId
    colour: str = ""
    audience: str = ""
    """Whom it is made for, as the catalogue says; empty for everybody."""
    price: float | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Fellows:
    """What goes with a product, as places in the catalogue."""

    companions: tuple[int, ...]
    partner: int


class CategoryShelves:
    """The products for one audience, by category."""

    def __init__(
        self, places: dict[CategoryId, list[int]], popularity: NDArray[np.float64]
    ) -> None:
        self.categories = tuple(sorted(places))
        sizes = np.array([len(places[category]) for category in self.categories], np.float64)
        self.shares: NDArray[np.float64] = sizes / sizes.sum()
        """How often each category is what somebody likes: as often as it is large."""
        self._places = {name: np.array(places[name]) for name in self.categories}
        self._sums = {name: np.cumsum(popularity[found]) for name, found in self._places.items()}

    def draw(self, random: Generator, category: CategoryId) -> int:
        """Return the place of a product of the category, a popular one more often."""
        sums = self._sums[category]
        at = int(sums.searchsorted(random.random() * sums[-1], side="right"))
        return int(self._places[category][min(at, len(sums) - 1)])

    def other_category(self, random: Generator, than: CategoryId) -> CategoryId:
        """Return another category, or the same where there is only one."""
        others = [category for category in self.categories if category != than]
        return others[int(random.integers(len(others)))] if others else than


class VisitedProducts:
    """All products, with what goes together; the same for the same seed."""

    def __init__(self, products: Sequence[VisitedProduct], seed: int) -> None:
        self.products = products
        self._seed = seed
        places: dict[str, dict[CategoryId, list[int]]] = {}
        for place, product in enumerate(products):
            categories = places.setdefault(product.audience, {})
            categories.setdefault(product.category_id, []).append(place)
        named = sorted(places.keys() - SHARED_AUDIENCES)
        self.audiences = tuple(named) or ("",)
        counts = [
            sum(map(len, places[audience].values())) if named else 1 for audience in self.audiences
        ]
        self.audience_shares = np.array(counts, np.float64) / sum(counts)
        """How often a visit is one of each audience."""
        popularity = self._popularity()
        self.shelves = {
            audience: CategoryShelves(_places_for(places, audience), popularity)
            for audience in self.audiences
        }
        self._fellows: dict[tuple[str, int], Fellows] = {}

    def draw(
        self, random: Generator, audience: str, category: CategoryId, colours: frozenset[str]
    ) -> int:
        """Return the place of a product, of one of the colours where a few draws find it."""
        shelves = self.shelves[audience]
        at = shelves.draw(random, category)
        for _ in range(TRIES if colours else 0):
            if self.products[at].colour in colours:
                break
            at = shelves.draw(random, category)
        return at

    def fellows_of(self, audience: str, place: int) -> Fellows:
        """Return what goes with a product for an audience, always the same."""
        key = audience, place
        if key not in self._fellows:
            random = default_rng([self._seed, _COMPANIONS, self.audiences.index(audience), place])
            product = self.products[place]
            colours = frozenset({product.colour} - {""})
            elsewhere = self.shelves[audience].other_category(random, product.category_id)
            self._fellows[key] = Fellows(
                tuple(
                    self.draw(random, audience, product.category_id, colours)
                    for _ in range(COMPANIONS)
                ),
                self.draw(random, audience, elsewhere, colours),
            )
        return self._fellows[key]

    def _popularity(self) -> NDArray[np.float64]:
        random = default_rng([self._seed, _POPULARITY])
        ranks: dict[CategoryId, int] = {}
        popularity = np.empty(len(self.products), np.float64)
        for place in random.permutation(len(self.products)).tolist():
            category = self.products[place].category_id
            ranks[category] = ranks.get(category, 0) + 1
            popularity[place] = ranks[category] ** -POPULARITY_FALL
        return popularity


def _places_for(
    places: dict[str, dict[CategoryId, list[int]]], audience: str
) -> dict[CategoryId, list[int]]:
    """Return the places of what an audience is shown: its own products and those for everybody."""
    found: dict[CategoryId, list[int]] = {}
    for name in sorted({audience} | (SHARED_AUDIENCES & places.keys())):
        for category, of_category in places.get(name, {}).items():
            found.setdefault(category, []).extend(of_category)
    return found
