from collections.abc import Mapping, Sequence
from typing import Protocol

from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Product


class ReadsProducts(Protocol):
    def products(self, product_ids: Sequence[ProductId]) -> Mapping[ProductId, Product]:
        """Return the products that exist, in the order of the ids."""

    def category_name(self, category_id: CategoryId) -> str:
        """Return the category's name, or its id where the catalogue has no name."""


class PinnedCatalogue:
    """Goes on with what it has read, whatever the catalogue holds by then."""

    def __init__(self, catalogue: ReadsProducts) -> None:
        self._catalogue = catalogue
        self._products: dict[ProductId, Product] = {}
        self._names: dict[CategoryId, str] = {}

    def products(self, product_ids: Sequence[ProductId]) -> Mapping[ProductId, Product]:
        known = self._products
        missing = [product_id for product_id in product_ids if product_id not in known]
        if missing:
            known.update(self._catalogue.products(missing))
        return {product_id: known[product_id] for product_id in product_ids if product_id in known}

    def category_name(self, category_id: CategoryId) -> str:
        if category_id not in self._names:
            self._names[category_id] = self._catalogue.category_name(category_id)
        return self._names[category_id]
