from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol

from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category, Product, ProductDetails
from personalization.domain.product_changes import (
    ProductPage,
    ProductQuery,
    ProductUpdate,
    WholeProduct,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueChanges:
    """What was written since a position, as far as it is known; some of it may be told again."""

    position: str
    """Where to go on; only the store that gave it can read it."""
    product_ids: frozenset[ProductId] | None = frozenset()
    """None for more than is kept or told: any product and category may be another one."""
    category_ids: frozenset[CategoryId] = frozenset()
    may_hide: bool = True
    """False where no product is one that `Product.is_shown` may refuse."""


class Catalogue(Protocol):
    """Products and categories by id; a write replaces what the id held before."""

    def write_products(self, products: Sequence[Product]) -> None: ...

    def replace_products(self, products: Sequence[WholeProduct]) -> None:
        """Write products with their details, at most some thousands; of an id the last one counts.

        Beside other writers of the same product, all of it is of one of them: none mixes what two
        have said.
        """

    def update_products(self, updates: Sequence[ProductUpdate]) -> None:
        """Write fields of products that the caller has seen to exist, at most some thousands.

        Fields that are not named stay, also where another writer writes them meanwhile.
        """

    def list_products(self, query: ProductQuery) -> ProductPage:
        """Return products page by page, in an order of the store's own.

        The time for a page is bounded: where few products are meant, a page may hold fewer than
        asked for and still have a next one. Raises `ValueError` for an `after` that no page gave.
        """

    def write_categories(self, categories: Sequence[Category]) -> None: ...

    def read_products(self, product_ids: Sequence[ProductId]) -> Mapping[ProductId, Product]: ...

    def known_products(self, product_ids: Sequence[ProductId]) -> AbstractSet[ProductId]:
        """Return which of the products exist, without reading them."""

    def write_details(self, details: Sequence[ProductDetails]) -> None: ...

    def read_details(
        self, product_ids: Sequence[ProductId]
    ) -> Mapping[ProductId, ProductDetails]: ...

    def read_categories(self, category_ids: Sequence[CategoryId]) -> Mapping[CategoryId, Category]:
        """Return the categories that exist."""

    def delete_categories(self, category_ids: Sequence[CategoryId]) -> None: ...

    def all_categories(self) -> Sequence[Category]:
        """Return every category, by id."""

    def read_variants(
        self, group_ids: Sequence[ProductId]
    ) -> Mapping[ProductId, Sequence[Product]]:
        """Return the variants of each group that has any, by id, retired ones among them."""

    def may_have_variants(self) -> bool:
        """Say, without going through the products, whether any of them may be a variant."""

    def all_products(self) -> Iterator[Sequence[Product]]:
        """Yield every product in chunks, by id; for nightly exports, never for serving."""

    def product_count(self) -> int: ...

    def changes_since(self, position: str | None) -> CatalogueChanges:
        """Return what was written since, cheap enough for twice a second; None asks for all.

        What a write has changed is told from the moment on at which the write can be read.
        """
