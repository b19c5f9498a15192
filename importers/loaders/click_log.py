"""Plain logs of clicks: a row has session, product and, most often, time."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from importers.identity import event_id, session_id
from importers.loader import Loader, required_text
from importers.loaders.file_order import EqualTimes, FileOrder
from importers.readings.kinds import ColumnKind, Names
from importers.sink import ImportSink
from importers.tables import fields
from importers.tables.table import Values, spellings
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import CategoryId, ProductId, UserId
from personalization.domain.product import Category, Product

NAME = "click_log"
SESSION: Names = ("session_id", "session", "visit_id", "visit")
ITEM: Names = ("item_id", "item", "product_id", "product", "sku")
TIME: Names = (
    "time",
    "timestamp",
    "event_time",
    "datetime",
    "ts",
    "occurred_at",
    "date",
    "eventdate",
)
CATEGORY: Names = ("category_id", "category")
USER: Names = ("user_id", "user", "customer_id", "visitor_id")
REQUIRED = (SESSION, ITEM)
EVERYTHING = CategoryId("all")
_NO_TIMES = "the rows have no time: their order in the file stands for it, 10 s from row to row"
_ABSENT = {
    "ratings": "a log of clicks has no ratings, so nothing can be ranked by them",
    "purchases": "a log of clicks has no carts, checkouts or bundles",
    "titles": "a log of clicks names products by their ids only",
}


class View(NamedTuple):
    session: str
    product: str
    category: str | None = None
    user: str | None = None


class Views:
    """Puts views into the sink as events, and the products that they name."""

    def __init__(self, dataset: str) -> None:
        self._dataset = dataset
        self._known: dict[str, tuple[str, date]] = {}
        self._categories: set[str] = set()

    def put(self, view: View, moment: datetime, sink: ImportSink) -> None:
        """Put a view and its product, which is of the category that it had last."""
        session, product, category, user = view
        category_id = CategoryId(category or self._known.get(product, (EVERYTHING,))[0])
        sink.event(
            Event(
                event_id=event_id(self._dataset, session, moment.isoformat(), product),
                session_id=session_id(self._dataset, session),
                type=EventType.PRODUCT_VIEW,
                occurred_at=moment,
                received_at=moment,
                product_ids=(ProductId(product),),
                category_id=category_id,
                user_id=None if user is None else UserId(user),
            )
        )
        first_day = min(moment.date(), self._known.get(product, ("", moment.date()))[1])
        if self._known.get(product) == (category_id, first_day):
            return
        self._known[product] = (category_id, first_day)
        if category_id not in self._categories:
            self._categories.add(category_id)
            made_up = Category(category_id=category_id, name=category_id.capitalize())
            sink.category(made_up, is_named=False, is_placed=False)
        sink.product(
            Product(
                product_id=ProductId(product),
                category_id=category_id,
                title=f"Product {product}",
                listed_on=first_day,
            )
        )

    def finish(self, sink: ImportSink) -> None:
        sink.absent |= _ABSENT


class ClickLogLoader(Loader):
    """Rows become product views; without a column of times their order stands for it."""

    columns = (SESSION, ITEM, TIME, CATEGORY, USER)
    time_columns = (TIME,)
    kinds: Mapping[Names, ColumnKind] = {
        SESSION: ColumnKind.ID,
        ITEM: ColumnKind.ID,
        TIME: ColumnKind.MOMENT,
        CATEGORY: ColumnKind.ID,
        USER: ColumnKind.ID,
    }

    def __init__(self) -> None:
        self._has_times = True
        super().__init__()
        self._views = Views(NAME)
        self._order = FileOrder()
        self._equal = EqualTimes()

    def begin(self, columns: Sequence[str], currency: str | None) -> None:
        super().begin(columns, currency)
        self._has_times = spellings(columns, [TIME]) != [None]

    def take(self, values: Values, sink: ImportSink) -> None:
        session, item, time, category, user = self._select(values)
        key, product = required_text(session, "session"), required_text(item, "product")
        if self._has_times:
            moment = self._equal.part(key, self.checked_moment(time))
        else:
            moment = self._order.next(sink.last_event)
        self._views.put(View(key, product, fields.text(category), fields.text(user)), moment, sink)

    def finish(self, sink: ImportSink) -> None:
        self._views.finish(sink)
        if not self._has_times:
            sink.notes.append(_NO_TIMES)
