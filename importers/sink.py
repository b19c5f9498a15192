"""Where loaders put what they understood."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from importers.held_out import HeldOutSessions
from importers.options import ImportStores
from importers.tables.distinct import DistinctCounter
from personalization.catalogue.groups import known_parents, with_known_parents
from personalization.codec.moments import from_microseconds
from personalization.codec.plain_events import concatenation, events_of
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category, Product, ProductDetails
from personalization.ports.catalogue import Catalogue
from personalization.ports.plain_events import PlainEvents

BATCH = 5000
"""Rows written in one call: large enough that the store's own costs vanish."""
PLAIN_BATCH = 65_536
"""Plain events written in one call, some 30 MB of them."""
_Value = TypeVar("_Value")


class ImportSink:
    """Writes in batches, holds out what is for replay, and counts."""

    def __init__(
        self,
        stores: ImportStores | None,
        held_out: HeldOutSessions,
        stage: Catalogue | None = None,
        only_names_of: Catalogue | None = None,
    ) -> None:
        """Without stores no event is kept, and products only on a stage, if there is one.

        From a stage they are taken over once all of them are known. Products that come to a
        catalogue as names only are kept nowhere: those that it lacks are counted.
        """
        self._only_names_of = only_names_of
        self._names: list[ProductId] = []
        self.unknown = 0
        """Products that the catalogue of names lacks."""
        self._stores = stores
        self._catalogue = stage if stage is not None or stores is None else stores.catalogue
        self._held_out = held_out
        self._products: list[Product] = []
        self._details: list[ProductDetails] = []
        self._keeps_known = False
        self._categories: list[Category] = []
        self._events: list[Event] = []
        self._plain: list[PlainEvents] = []
        self._plain_count = 0
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
        if self._only_names_of is not None:
            self._names.append(product.product_id)
            if len(self._names) >= PLAIN_BATCH:
                self._write_products()
            return
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

    @property
    def takes_plain(self) -> bool:
        """Whether nothing has to be asked of single events: none is held out."""
        return self._held_out.boundary is None

    def plain_events(self, events: PlainEvents) -> None:
        """Store many events in the history, as `event` would store each of them."""
        if not events.event_ids:
            return
        for session in set(events.session_ids):
            self._distinct_sessions.add(session)
        for kind, count in Counter(events.types).items():
            self.events_by_type[EventType(kind)] += count
        first, last = min(events.occurred_us), max(events.occurred_us)
        for moment in map(from_microseconds, (first, last)):
            self.first_event = min(moment, self.first_event or moment)
            self.last_event = max(moment, self.last_event or moment)
        if self._stores is None:
            return
        self._plain.append(events)
        self._plain_count += len(events.event_ids)
        if self._plain_count >= PLAIN_BATCH:
            self.write_plain()

    def write_plain(self) -> None:
        """Write the plain events that wait, and those before and after them that are not plain."""
        self._write_events()
        batches, self._plain, self._plain_count = self._plain, [], 0
        if self._stores is None or not batches:
            return
        events = concatenation(batches)
        if self._names_variants(events):
            self._stores.history.append(
                with_known_parents(self._stores.catalogue, events_of(events))
            )
        else:
            self._stores.history.append_plain(events)

    def _names_variants(self, events: PlainEvents) -> bool:
        if self._stores is None or not self._stores.catalogue.may_have_variants():
            return False
        named = {ProductId(product) for product in events.product_ids if product is not None}
        return bool(known_parents(self._stores.catalogue, sorted(named)))

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
        self.write_plain()

    def _write_products(self) -> None:
        if self._only_names_of is not None:
            names = self._distinct_products.lacks(list(dict.fromkeys(self._names)))
            known = self._only_names_of.known_products([ProductId(name) for name in names])
            self.unknown += len(names) - len(known)
            for name in names:
                self._distinct_products.add(name)
            self._names = []
            return
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
