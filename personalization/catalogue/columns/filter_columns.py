"""Follows the catalogue, so that filters never ask it."""

import threading
from collections.abc import Mapping, Sequence
from typing import Final

from personalization.catalogue.columns.categories_below import CategoriesBelow
from personalization.catalogue.columns.pinned_columns import PinnedColumns
from personalization.domain.clock import Clock, SystemClock
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import ProductId
from personalization.domain.product import Product, ProductDetails
from personalization.domain.product_changes import WholeProduct
from personalization.ports.catalogue import Catalogue
from personalization.telemetry.metrics import STORE_FAILURES

LOOK_SECONDS: Final = 1.0


class FilterColumns:
    """All products' columns; any thread may pin them, one follows the catalogue.

    `start` follows in a thread of its own, `refresh` does it now; before either, and until all
    products were read once, pins read what they are asked for from the catalogue.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        clock: Clock | None = None,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._catalogue = catalogue
        self._clock = clock or SystemClock()
        self._look_seconds = look_seconds
        self._position: str | None = None
        self._version = 0
        self._tree = CategoriesBelow()
        self._products: Mapping[ProductId, tuple[Product, ProductDetails | None]] = {}
        self._is_complete = False
        self._writing = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def pin(self) -> PinnedColumns:
        """Return what one decision reads; it never waits and never changes."""
        return PinnedColumns(
            self._products,
            self._tree,
            self._clock.now(),
            None if self._is_complete else self._read,
        )

    @property
    def is_complete(self) -> bool:
        """Whether all products were read once."""
        return self._is_complete

    def start(self) -> None:
        self._thread = threading.Thread(target=self._follow, name="filter-columns", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def refresh(self) -> None:
        """Take over what has changed (blocks); while the catalogue is away, all stays."""
        with self._writing:
            try:
                self._take_over()
            except StoreUnavailableError:
                STORE_FAILURES.labels("catalogue").inc()

    def _follow(self) -> None:
        while not self._stopping.is_set():
            self.refresh()
            self._stopping.wait(self._look_seconds)

    def _take_over(self) -> None:
        told = self._catalogue.changes_since(self._position)
        if told.product_ids is None:
            found: dict[ProductId, tuple[Product, ProductDetails | None]] = {}
            for products in self._catalogue.all_products():
                found |= self._with_details(products)
            self._products = found
        elif told.product_ids:
            products = list(self._catalogue.read_products(sorted(told.product_ids)).values())
            self._products = {**self._products, **self._with_details(products)}
        if told.product_ids is None or told.category_ids:
            self._tree = CategoriesBelow(self._catalogue.all_categories())
        self._position = told.position
        self._is_complete = True

    def _with_details(
        self, products: Sequence[Product]
    ) -> dict[ProductId, tuple[Product, ProductDetails | None]]:
        ids = [product.product_id for product in products]
        details = self._catalogue.read_details(ids)
        return {
            product.product_id: (product, details.get(product.product_id)) for product in products
        }

    def _read(self, product_ids: Sequence[ProductId]) -> Sequence[WholeProduct]:
        try:
            found = self._with_details(list(self._catalogue.read_products(product_ids).values()))
        except StoreUnavailableError:
            STORE_FAILURES.labels("catalogue").inc()
            return ()
        return [
            WholeProduct(product, details or ProductDetails(product_id=product.product_id))
            for product, details in found.values()
        ]
