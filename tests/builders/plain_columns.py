"""Columns that know no attribute: every filter holds for everything."""

from collections.abc import Sequence

from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.catalogue.filters.filter import Filter
from personalization.domain.identifiers import CategoryId, ProductId


class PlainColumns:
    def __init__(self, catalogue: CatalogueCache) -> None:
        self._catalogue = catalogue

    def pin(self) -> "PlainColumns":
        return self

    def keep(self, product_ids: Sequence[ProductId], wanted: Filter) -> list[ProductId]:
        del wanted
        return list(product_ids)

    def values(self, product_ids: Sequence[ProductId], field: str) -> list[str | None]:
        known = self._catalogue.products(product_ids)
        return [getattr(known[product], field) for product in product_ids]

    def below(self, category_id: CategoryId) -> frozenset[CategoryId]:
        return frozenset({category_id})
