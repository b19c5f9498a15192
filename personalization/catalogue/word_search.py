"""Finds products by words, for shops whose pages have no search of their own.

It only finds: which of them stand first is for the ranking of lists (`POST /v1/rank`) to say.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final, Protocol

from personalization.domain.identifiers import CategoryId, ProductId, Region
from personalization.domain.product import Category, Product
from personalization.domain.product_changes import ProductPage, ProductQuery
from personalization.readings.plural import plural_of, singular_of
from personalization.readings.title_words import words_of

MOST_WORDS: Final = 6
"""Of what is searched for; those after are left aside."""
MOST_PAGES: Final = 12
"""Of the catalogue, for one search: whoever writes odd words must not keep a store busy."""
PAGE: Final = 200
"""Products of a page, variants and what is not shown among them."""
MOST_CATEGORIES: Final = 3
"""Of those that a search names."""


class SearchedCatalogue(Protocol):
    def all_categories(self) -> Sequence[Category]: ...

    def list_products(self, query: ProductQuery) -> ProductPage: ...


@dataclass(frozen=True, slots=True)
class FoundProduct:
    product: Product
    score: float
    """How much of what was searched for title, brand and category have, 0..1."""


class WordSearch:
    """All words must stand in a title or a category's name; if none has all, any word may."""

    def __init__(self, catalogue: SearchedCatalogue) -> None:
        self._catalogue = catalogue

    def find(
        self, text: str, moment: datetime, region: Region | None, most: int
    ) -> list[FoundProduct]:
        """Return products that may be shown, those with most of the words first."""
        words = words_of(text)[:MOST_WORDS]
        if not words:
            return []
        names = {
            category.category_id: _forms_in(category.name)
            for category in self._catalogue.all_categories()
        }
        found: dict[ProductId, Product] = {}
        has_all = False
        for is_exact, products in islice(self._pages(words, names), MOST_PAGES):
            if len(found) >= most or (has_all and not is_exact):
                break
            shown = [product for product in products if product.is_shown(moment, region)]
            found.update((product.product_id, product) for product in shown)
            has_all |= is_exact and bool(shown)
        return _with_scores(words, found.values(), names)[:most]

    def _pages(
        self, words: Sequence[str], names: Mapping[CategoryId, frozenset[str]]
    ) -> Iterator[tuple[bool, Sequence[Product]]]:
        """Yield pages, and whether all words are meant: as written, in the other number, alone."""
        readings = dict.fromkeys(tuple(map(form, words)) for form in (str, singular_of, plural_of))
        for reading in readings:
            yield from self._all_of(ProductQuery(words=reading, limit=PAGE), is_exact=True)
        for category_id in _categories_for(words, names):
            query = ProductQuery(category_id=category_id, limit=PAGE)
            yield from self._all_of(query, is_exact=True)
        if len(words) == 1:
            return
        # A page of each first, or the first word would leave no room for the others.
        for word in words:
            for form in dict.fromkeys((word, singular_of(word))):
                query = ProductQuery(words=(form,), limit=PAGE)
                yield False, self._catalogue.list_products(query).products

    def _all_of(
        self, query: ProductQuery, *, is_exact: bool
    ) -> Iterator[tuple[bool, Sequence[Product]]]:
        after = ""
        while True:
            page = self._catalogue.list_products(
                ProductQuery(
                    words=query.words, category_id=query.category_id, limit=PAGE, after=after
                )
            )
            yield is_exact, page.products
            if page.next is None:
                return
            after = page.next


def _categories_for(
    words: Sequence[str], names: Mapping[CategoryId, frozenset[str]]
) -> list[CategoryId]:
    asked = set(map(singular_of, words))
    return [key for key, forms in names.items() if asked <= forms][:MOST_CATEGORIES]


def _with_scores(
    words: Sequence[str],
    products: Iterable[Product],
    names: Mapping[CategoryId, frozenset[str]],
) -> list[FoundProduct]:
    asked = [singular_of(word) for word in words]

    def score(product: Product) -> float:
        held = _forms_in(f"{product.brand or ''} {product.title}")
        held |= names.get(product.category_id, frozenset())
        return sum(word in held for word in asked) / len(asked)

    scored = [FoundProduct(product, score(product)) for product in products]
    return sorted(scored, key=_place)


def _forms_in(text: str) -> frozenset[str]:
    """Return the words of a text, each in the singular too."""
    held = words_of(text)
    return frozenset((*held, *map(singular_of, held)))


def _place(found: FoundProduct) -> tuple[float, int, str]:
    product = found.product
    return -found.score, -(product.rating_count or 0), product.product_id
