from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category, Product, ProductDetails


class Catalogue(Protocol):
    """Products and categories by id; a write replaces what the id held before."""

    def write_products(self, products: Sequence[Product]) -> None: ...

    def write_categories(self, categories: Sequence[Category]) -> None: ...

    def read_products(self, product_ids: Sequence[ProductId]) -> Mapping[ProductId, Product]: ...

    def write_details(self, details: Sequence[ProductDetails]) -> None: ...

    def read_details(
        self, product_ids: Sequence[ProductId]
    ) -> Mapping[ProductId, ProductDetails]: ...

    def read_categories(self, category_ids: Sequence[CategoryId]) -> Mapping[CategoryId, Category]:
        """Return the categories that exist."""

    def all_categories(self) -> Sequence[Category]:
        """Return every category, by id."""

    def read_variants(
        self, group_ids: Sequence[ProductId]
    ) -> Mapping[ProductId, Sequence[Product]]:
        """Return the variants of each group that has any, by id, retired ones among them."""

    def all_products(self) -> Iterator[Sequence[Product]]:
        """Yield every product in chunks, by id; for nightly exports, never for serving."""

    def product_count(self) -> int: ...
