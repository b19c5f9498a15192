"""The catalogue as the ranking reads it: a product once read is kept."""

from collections.abc import Mapping, Sequence

from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category, Product
from personalization.ports.catalogue import Catalogue

CACHED_PRODUCTS = 100_000
"""About 60 MB; a shop's live products mostly fit."""


class CachedCatalogue:
    """Products and categories by id, read through.

    A changed product shows after a restart or when the cache has turned over.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._products: dict[ProductId, Product] = {}
        self._categories: dict[CategoryId, Category] = {}

    def products(self, product_ids: Sequence[ProductId]) -> Mapping[ProductId, Product]:
        """Return the products that exist."""
        cache = self._products
        missing = [product_id for product_id in product_ids if product_id not in cache]
        if missing:
            if len(cache) > CACHED_PRODUCTS:
                cache = self._products = {}
                missing = list(product_ids)
            cache.update(self._catalogue.read_products(missing))
        return {product_id: cache[product_id] for product_id in product_ids if product_id in cache}

    def category_name(self, category_id: CategoryId) -> str:
        """Return the category's name, or its id where the catalogue has no name."""
        if category_id not in self._categories:
            self._categories.update(self._catalogue.read_categories((category_id,)))
        known = self._categories.get(category_id)
        return known.name if known else category_id
