from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from personalization.catalogue.columns.categories_below import CategoriesBelow
from personalization.catalogue.columns.popularity_order import UNORDERED, PopularityOrder
from personalization.catalogue.filters.fields import values_of
from personalization.catalogue.filters.filter import Filter
from personalization.catalogue.filters.holds import holds
from personalization.domain.identifiers import CategoryId, ProductId, Region
from personalization.domain.product import Product, ProductDetails
from personalization.domain.product_changes import WholeProduct

ReadsWhole = Callable[[Sequence[ProductId]], Sequence[WholeProduct]]
Rows = Mapping[ProductId, tuple[Product, ProductDetails | None]]


class PinnedColumns:
    """What one decision reads of all products; it does not change."""

    def __init__(
        self,
        products: Rows,
        tree: CategoriesBelow,
        now: datetime,
        read: ReadsWhole | None,
    ) -> None:
        """Read what is missing by `read`; None where all products are there."""
        self._products = products
        self._tree = tree
        self._now = now
        self._read = read

    @property
    def is_complete(self) -> bool:
        """Whether `find` looks through the whole catalogue."""
        return self._read is None

    def keep(self, product_ids: Sequence[ProductId], wanted: Filter) -> list[ProductId]:
        """Return those that are wanted, in their order; what nobody knows is not."""
        rows = self._rows(product_ids)
        return [
            product_id
            for product_id in product_ids
            if product_id in rows and self._holds(wanted, *rows[product_id])
        ]

    def find(
        self,
        wanted: Filter,
        limit: int,
        order: PopularityOrder = UNORDERED,
        region: Region | None = None,
    ) -> list[ProductId]:
        """Return the first ones of the catalogue that are wanted and may be shown in a region."""
        place = {product_id: number for number, product_id in enumerate(order.product_ids)}
        found = [
            product
            for product, details in self._products.values()
            if product.is_shown(self._now, region) and self._holds(wanted, product, details)
        ]
        found.sort(
            key=lambda product: (
                place.get(product.product_id, len(place)),
                -product.bought_last_month,
                -product.rating_count,
                product.product_id,
            )
        )
        return [product.product_id for product in found[:limit]]

    def values(self, product_ids: Sequence[ProductId], field: str) -> list[str | None]:
        """Return the first value of each in a field, folded, None where it has none."""
        rows = self._rows(product_ids)
        today = self._now.date()
        found = [
            values_of(field, *rows[product_id], today) if product_id in rows else ()
            for product_id in product_ids
        ]
        return [str(values[0]) if values else None for values in found]

    def below(self, category_id: CategoryId) -> frozenset[CategoryId]:
        """Return the category and all that are below it."""
        return self._tree.below(category_id)

    def _holds(self, wanted: Filter, product: Product, details: ProductDetails | None) -> bool:
        return holds(wanted, product, details, today=self._now.date(), below=self._tree.below)

    def _rows(self, product_ids: Sequence[ProductId]) -> Rows:
        if self._read is None:
            return self._products
        missing = [name for name in product_ids if name not in self._products]
        read = self._read(missing) if missing else ()
        return {
            **self._products,
            **{whole.product.product_id: (whole.product, whole.details) for whole in read},
        }
