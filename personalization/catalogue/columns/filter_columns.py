"""Follows the catalogue, so that filters never ask it."""

import threading
import time
from collections.abc import Sequence
from typing import Final

from personalization.catalogue.columns.categories_below import CategoriesBelow
from personalization.catalogue.columns.pinned_columns import ColumnsCaches, PinnedColumns
from personalization.catalogue.columns.product_columns import ProductColumns
from personalization.domain.clock import Clock, SystemClock
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import ProductId
from personalization.domain.product import Product, ProductDetails
from personalization.domain.product_changes import WholeProduct
from personalization.ports.catalogue import Catalogue
from personalization.telemetry.metrics import STORE_FAILURES

LOOK_SECONDS: Final = 1.0
_SLICE: Final = 1_000
"""Products read at once: some 20 ms, after which requests of the process have their turn."""
_MOST_WAITING: Final = 100_000
_MOST_DEAD: Final = 0.5
"""Of all rows; above it all is read again into other columns."""
_FEW_DEAD: Final = 65_536


class FilterColumns:
    """All products' columns; any thread may pin them, one follows the catalogue.

    `start` follows in a thread of its own, `refresh` does it now. Until all products were read
    once, pins raise `UnreadCatalogueError` for what needs them.
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
        self._waiting: set[ProductId] = set()
        """Written, and not read since."""
        self._is_unread = True
        """Whether any product may be another one."""
        self._is_complete = False
        self._columns = ProductColumns()
        self._caches = ColumnsCaches()
        self._shown = self._columns.view(), CategoriesBelow()
        self._writing = threading.Lock()
        self._stopping = threading.Event()
        self._tried = threading.Event()
        self._thread: threading.Thread | None = None

    def pin(self) -> PinnedColumns:
        """Return what one decision reads; it never waits and never changes."""
        is_complete = self._is_complete
        view, tree = self._shown
        now = self._clock.now()
        return PinnedColumns(view, tree, now, self._caches, is_complete=is_complete)

    @property
    def is_complete(self) -> bool:
        """Whether all products were read once."""
        return self._is_complete

    @property
    def nbytes(self) -> int:
        """About how much memory the columns take."""
        return self._columns.nbytes

    def start(self) -> None:
        self._thread = threading.Thread(target=self._follow, name="filter-columns", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Wait until the catalogue was read, or a first try has failed (blocks)."""
        self._tried.wait(seconds)

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
            self._tried.set()
            self._stopping.wait(self._look_seconds)

    def _take_over(self) -> None:
        self._look()
        if self._columns.dead > max(_FEW_DEAD, _MOST_DEAD * self._columns.count):
            # Who has pinned the others, and who pins them until these are complete, keeps them.
            self._columns, self._is_unread = ProductColumns(), True
        if self._is_unread:
            self._read_all()
        if self._waiting:
            self._read_waiting()

    def _look(self) -> None:
        """Note what was written since the last look, and read the categories again."""
        told = self._catalogue.changes_since(self._position)
        if told.product_ids is None:
            self._is_unread = True
        else:
            self._waiting |= told.product_ids
        if len(self._waiting) > _MOST_WAITING:
            self._waiting.clear()
            self._is_unread = True
        if told.product_ids is None or told.category_ids:
            self._shown = self._shown[0], CategoriesBelow(self._catalogue.all_categories())
        self._position = told.position

    def _read_all(self) -> None:
        """Read all products; what is written meanwhile waits."""
        self._is_unread = False
        try:
            for products in self._catalogue.all_products():
                for start in range(0, len(products), _SLICE):
                    self._write(products[start : start + _SLICE])
                self._look()
        except StoreUnavailableError:
            self._is_unread = True
            raise
        if not self._stopping.is_set():
            self._is_complete = True
            self._show()

    def _read_waiting(self) -> None:
        waiting = sorted(self._waiting)
        for start in range(0, len(waiting), _SLICE):
            ids = waiting[start : start + _SLICE]
            self._write(list(self._catalogue.read_products(ids).values()))
            self._waiting.difference_update(ids)
        self._show()

    def _write(self, products: Sequence[Product]) -> None:
        if self._stopping.is_set():
            return
        began = time.monotonic()
        self._columns.write(self._with_details(products))
        if threading.current_thread() is self._thread:
            # What the process serves goes on meanwhile.
            self._stopping.wait(time.monotonic() - began)

    def _show(self) -> None:
        self._shown = self._columns.view(), self._shown[1]

    def _with_details(self, products: Sequence[Product]) -> list[WholeProduct]:
        details = self._catalogue.read_details([product.product_id for product in products])
        return [
            WholeProduct(
                product,
                details.get(product.product_id) or ProductDetails(product_id=product.product_id),
            )
            for product in products
        ]
