"""Where loaders put what they understood."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from importers.held_out import HeldOutSessions
from importers.options import ImportStores
from importers.tables.distinct import DistinctCounter
from personalization.catalogue.groups import with_known_parents
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import CategoryId
from personalization.domain.product import Category, Product, ProductDetails
from personalization.ports.catalogue import Catalogue

BATCH = 5000
"""Rows written in one call: large enough that the store's own costs vanish."""
_Value = TypeVar("_Value")


class ImportSink:
    """Writes in batches, holds out what is for replay, and counts."""

    def __init__(
        self,
        stores: ImportStores | None,
        held_out: HeldOutSessions,
        stage: Catalogue | None = None,
    ) -> None:
        """Without stores no event is kept, and products only on a stage, if there is one.

        From a stage they are taken over once all of them are known.
        """
        self._stores = stores
        self._catalogue = stage if stage is not None or stores is None else stores.catalogue
        self._held_out = held_out
        self._products: list[Product] = []
        self._details: list[ProductDetails] = []
        self._keeps_known = False
        self._categories: list[Category] = []
        self._events: list[Event] = []
        self._distinct_products = DistinctCounter()
        self.feed = DistinctCounter()
        """Products that the files have, also in rows that were rejected."""
        self.unnamed = 0
        """Rejected rows of which nobody can tell the product."""
        self._distinct_categories = DistinctCounter()
        self.made_up_names: set[CategoryId] = set()
        """Categories of which the files refer to the id only."""
        self.made_up_places: set[CategoryId] = set()
        """Those whose parent no file says."""
        self._distinct_sessions = DistinctCounter()
        self.events_by_type: Counter[EventType] = Counter()
        self.first_event: datetime | None = None
        self.last_event: datetime | None = None
        self.ignored: Counter[str] = Counter()
        self.notes: list[str] = []
        self.absent: dict[str, str] = {}

    @property
    def products(self) -> int:
        return self._distinct_products.count

    @property
    def categories(self) -> int:
        return self._distinct_categories.count

    @property
    def sessions(self) -> int:
        return self._distinct_sessions.count

    def product(self, product: Product, details: ProductDetails | None = None) -> None:
        """Store a product; the last one of an id stays."""
        if not self._keeps_known:
            self._distinct_products.add(product.product_id)
        self.feed.add(product.product_id)
        self._products.append(product)
        if details is not None:
            self._details.append(details)
        if len(self._products) >= BATCH:
            self._write_products()

    def mention(self, product_id: str | None) -> None:
        """Take into account that the feed has a product, though its row was rejected."""
        if product_id is None:
            self.unnamed += 1
        else:
            self.feed.add(product_id)

    def category(
        self, category: Category, *, is_named: bool = True, is_placed: bool = True
    ) -> None:
        """Store a category; the last one of an id stays.

        Of one that the catalogue has, a name or parent that was only made up stays as it is there.
        """
        self._distinct_categories.add(category.category_id)
        for said, made_up in ((is_named, self.made_up_names), (is_placed, self.made_up_places)):
            (made_up.discard if said else made_up.add)(category.category_id)
        self._categories.append(category)

    def event(self, event: Event) -> None:
        """Store an event in the history, or hold it out."""
        self._distinct_sessions.add(event.session_id)
        self.events_by_type[event.type] += 1
        if self.first_event is None or event.occurred_at < self.first_event:
            self.first_event = event.occurred_at
        if self.last_event is None or event.occurred_at > self.last_event:
            self.last_event = event.occurred_at
        if self._held_out.takes(event):
            return
        self._events.append(event)
        if len(self._events) >= BATCH:
            self._write_events()

    def readable(
        self, read: Callable[[object], _Value | None], value: object, column: str
    ) -> _Value | None:
        """Return what `read` makes of a value; junk is counted and treated as unknown."""
        try:
            return read(value)
        except ValueError:
            self.ignored[f"{column}: not readable, treated as unknown"] += 1
            return None

    def hold_out_the_rest(self) -> None:
        """Hold out all events to come; products that are known stay as they are."""
        self.flush()
        self._held_out.take_all()
        self._keeps_known = True

    def flush(self) -> None:
        if self._catalogue is not None:
            self._catalogue.write_categories(self._categories)
        self._categories = []
        self._write_products()
        self._write_events()

    def _write_products(self) -> None:
        if self._keeps_known:
            ids = [product.product_id for product in self._products]
            new = set(self._distinct_products.lacks(ids))
            self._products = [product for product in self._products if product.product_id in new]
            for product_id in new:
                self._distinct_products.add(product_id)
            self._details = [each for each in self._details if each.product_id in new]
        if self._catalogue is not None:
            self._catalogue.write_products(self._products)
            self._catalogue.write_details(self._details)
        self._products, self._details = [], []

    def _write_events(self) -> None:
        if self._stores is not None:
            self._stores.history.append(with_known_parents(self._stores.catalogue, self._events))
        self._events = []
