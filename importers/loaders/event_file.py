"""A shop's own history: one row an event, or one row a line of an order."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from importers import stars
from importers.countries import region_of
from importers.identity import event_id, session_id
from importers.loader import Loader, ReadsRowBatches, required_text
from importers.loaders.click_log import CATEGORY, EVERYTHING, ITEM, SESSION, TIME, USER
from importers.loaders.event_batches import COLUMN_NAMES, PlainTaker, plain_events
from importers.loaders.event_columns import (
    IdReading,
    PlainReadings,
    PlainRows,
    Read,
    has_plain_types,
)
from importers.loaders.file_order import EqualTimes
from importers.options import Holdout
from importers.plausible_days import PlausibleDays
from importers.readings.columns import ColumnReadings
from importers.readings.kinds import ColumnKind, Names
from importers.rejection import RowRejectedError
from importers.sink import ImportSink
from importers.tables import fields
from importers.tables.parquet_table import ParquetTable
from importers.tables.table import Values, spellings
from personalization.codec.moments import from_microseconds
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import (
    CategoryId,
    EventId,
    OrderId,
    ProductId,
    SessionId,
    UserId,
    parse_session_id,
)
from personalization.domain.product import Category, Product
from personalization.readings.currencies import CURRENCIES

NAME: Final = "events"
ORDERS: Final = "orders"
TYPE: Final[Names] = ("type", "event_type", "event", "action", "event_name")
QUANTITY: Final[Names] = ("quantity", "qty", "count")
PRICE: Final[Names] = ("price", "unit_price", "item_price")
ORDER: Final[Names] = ("order", "order_id", "order_number", "transaction_id")
REGION: Final[Names] = ("region", "country", "country_code", "market")
CURRENCY: Final[Names] = ("currency", "currency_code")
REQUIRED: Final = (SESSION, TIME, TYPE, ITEM)
REQUIRED_OF_ORDERS: Final = (ORDER, TIME, ITEM)
ORDER_WINDOW: Final = timedelta(minutes=5)
"""Lines of one order, or of purchases of a session without one, are so close together."""
MOST_OPEN: Final = 10_000
MOST_LINES: Final = 1_000
"""Of an order."""
REMEMBERED: Final = 10_000
"""Rows that were sent twice stand close together."""
_MOST_QUANTITY: Final = 100_000
_WORDS: Final = {
    EventType.PRODUCT_VIEW: "productview view viewitem viewed detail click viewproduct pdpview",
    EventType.CATEGORY_VIEW: "categoryview viewcategory viewitemlist viewlist listview",
    EventType.ADD_TO_CART: "addtocart cart add addedtocart basket",
    EventType.REMOVE_FROM_CART: "removefromcart remove removedfromcart",
    EventType.CHECKOUT: "checkout purchase buy bought order transaction sale",
    EventType.REFUND: "refund return returned",
}
TYPE_OF: Final = {word: kind for kind, words in _WORDS.items() for word in words.split()}
_ORDERED: Final = frozenset({EventType.CHECKOUT, EventType.REFUND})
_MICROS: Final = 10**6
_DAY_US: Final = 86_400 * _MICROS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One row of the file as an event of one product at most."""

    session: str
    moment: datetime
    kind: EventType
    product: ProductId | None
    category: CategoryId | None
    user: UserId | None
    order: OrderId | None
    quantity: int
    price_micros: int | None
    currency: str | None
    region: str | None


@dataclass(slots=True)
class _OpenOrder:
    first: _Row
    lines: list[_Row] = field(default_factory=list)


class EventFileLoader(Loader):
    """Rows of an order become one checkout; whatever else there is stays as it is."""

    columns = (SESSION, TIME, TYPE, ITEM, USER, QUANTITY, PRICE, ORDER, CATEGORY, REGION, CURRENCY)
    time_columns = (TIME,)
    currency_column = CURRENCY
    kinds: Mapping[Names, ColumnKind] = {
        SESSION: ColumnKind.ID,
        ITEM: ColumnKind.ID,
        TIME: ColumnKind.MOMENT,
        USER: ColumnKind.ID,
        ORDER: ColumnKind.ID,
        CATEGORY: ColumnKind.ID,
        QUANTITY: ColumnKind.WHOLE,
        PRICE: ColumnKind.MONEY,
    }
    holdout = Holdout(days=0)
    keeps_known = True

    def __init__(self, *, is_of_orders: bool = False) -> None:
        """Take whether rows are lines of orders: bought, or returned if their pieces are negative.

        An order is a visit of its own then, unless the file names the visit.
        """
        super().__init__()
        self._is_of_orders = is_of_orders
        self._equal = EqualTimes()
        self._orders: OrderedDict[tuple[str, ...], _OpenOrder] = OrderedDict()
        self._recent: OrderedDict[EventId, None] = OrderedDict()
        self._first_days: dict[ProductId, date] = {}
        self._categories: set[CategoryId] = set()

    def take(self, values: Values, sink: ImportSink) -> None:
        row = self._row(values, sink)
        own_id = _event_id(row)
        if own_id in self._recent:
            raise RowRejectedError("the same event twice")
        self._remember(own_id)
        self._mention(row, sink)
        if row.kind in _ORDERED:
            self._add_line(row, sink)
        else:
            sink.event(_event(own_id, [row], self._equal.part(row.session, row.moment)))

    def batch_taker(
        self, table: ParquetTable, readings: ColumnReadings, days: PlausibleDays
    ) -> PlainTaker | None:
        names = zip(COLUMN_NAMES, spellings(table.columns, self.columns), strict=True)
        places = {name: column for name, column in names if column is not None}
        kinds = {name: table.kind_of(column) for name, column in places.items()}
        if self._is_of_orders or not has_plain_types(kinds):
            return None
        return PlainTaker(self, places, self._plain_readings(readings), (NAME, days))

    def take_plain(self, rows: PlainRows, batch: ReadsRowBatches, sink: ImportSink) -> None:
        """Take the rows of a batch in their order, those that are not plain one by one."""
        taken: list[int] = []
        moments: list[int] = []
        recent, first_days, part = self._recent, self._first_days, self._equal.part_us
        days = _day_of_each(rows.moments)
        columns = zip(
            rows.event_ids, rows.is_plain, rows.sessions, rows.moments, rows.products, days,
            strict=True,
        )  # fmt: skip
        for place, (own_id, is_plain, session, moment, product, day) in enumerate(columns):
            if not is_plain or own_id in recent:
                batch.take(place)
                continue
            self._remember(EventId(own_id))
            taken.append(place)
            moments.append(part(session, moment))
            if product is not None:
                first = first_days.get(ProductId(product))
                if first is None or day < first:
                    self._mention(_row_of(rows, place), sink)
        sink.plain_events(plain_events(rows, taken, moments, _session_of))

    def finish(self, sink: ImportSink) -> None:
        while self._orders:
            self._close_oldest(sink)

    def _remember(self, own_id: EventId) -> None:
        self._recent[own_id] = None
        if len(self._recent) > REMEMBERED:
            self._recent.popitem(last=False)

    def _plain_readings(self, readings: ColumnReadings) -> PlainReadings:
        def identity(names: Names) -> Read:
            read = readings.reader(names)
            return IdReading(lambda value: fields.text(read(value)))

        return PlainReadings(
            session=identity(SESSION),
            kind=_plain_type,
            product=identity(ITEM),
            category=identity(CATEGORY),
            user=identity(USER),
            order=identity(ORDER),
            region=region_of,
            currency=self._currency_of,
        )

    def _currency_of(self, written: object) -> str:
        currency = (fields.text(written) or "").upper() or self._currency
        if currency not in CURRENCIES:
            raise RowRejectedError("unknown currency", f"currency {currency[:40]!r}")
        return currency

    def _row(self, values: Values, sink: ImportSink) -> _Row:
        visit, time, kind, item, user, pieces, price, order, category, country, money = (
            self._select(values)
        )
        if self._is_of_orders:
            visit = fields.text(visit) or required_text(order, "order")
            event_type = _type_of(kind) if fields.text(kind) else _type_of_line(pieces)
        else:
            event_type = _type_of(kind)
        session = required_text(visit, "session")
        is_list = event_type is EventType.CATEGORY_VIEW
        product, category_id = fields.text(item), fields.text(category)
        if is_list and category_id is None:
            raise RowRejectedError("no category", "a view of a category names none")
        if not is_list:
            product = required_text(item, "product")
        shopper, number = fields.text(user), fields.text(order)
        cost = stars.price(price, sink, "price")
        currency = self._currency_of(money)
        return _Row(
            session=session,
            moment=self.checked_moment(time),
            kind=event_type,
            product=None if is_list or product is None else ProductId(product),
            category=None if category_id is None else CategoryId(category_id),
            user=None if shopper is None else UserId(shopper),
            order=None if number is None else OrderId(number),
            quantity=_quantity(pieces, sink),
            price_micros=None if cost is None else round(cost * _MICROS),
            currency=None if cost is None else currency,
            region=sink.readable(region_of, country, "region"),
        )

    def _add_line(self, row: _Row, sink: ImportSink) -> None:
        key = (row.kind.value, row.order) if row.order else (row.kind.value, "", row.session)
        known = self._orders.get(key)
        if known is not None and (
            abs(row.moment - known.first.moment) > ORDER_WINDOW or len(known.lines) >= MOST_LINES
        ):
            self._close(key, sink)
            known = None
        if known is None:
            known = self._orders[key] = _OpenOrder(row)
        known.lines.append(row)
        if len(self._orders) > MOST_OPEN:
            self._close_oldest(sink)

    def _close_oldest(self, sink: ImportSink) -> None:
        self._close(next(iter(self._orders)), sink)

    def _close(self, key: tuple[str, ...], sink: ImportSink) -> None:
        order = self._orders.pop(key)
        moment = min(line.moment for line in order.lines)
        sink.event(_event(_event_id(order.first), order.lines, moment))

    def _mention(self, row: _Row, sink: ImportSink) -> None:
        """Put the product for a shop without a catalogue; one that has it keeps its own."""
        if row.product is None:
            return
        day = row.moment.date()
        first_day = min(day, self._first_days.get(row.product, day))
        if self._first_days.get(row.product) == first_day:
            return
        self._first_days[row.product] = first_day
        category_id = row.category or EVERYTHING
        if category_id not in self._categories:
            self._categories.add(category_id)
            category = Category(category_id=category_id, name=category_id.capitalize())
            sink.category(category, is_named=False, is_placed=False)
        sink.product(
            Product(
                product_id=row.product,
                category_id=category_id,
                title=f"Product {row.product}",
                price=None if row.price_micros is None else row.price_micros / _MICROS,
                currency=row.currency or self._currency,
                listed_on=first_day,
            )
        )


def _plain_type(value: object) -> str:
    kind = _type_of(value)
    if kind in _ORDERED:
        raise RowRejectedError("not plain")
    return kind.value


def _day_of_each(moments: Sequence[int]) -> Sequence[date]:
    numbers = [moment // _DAY_US for moment in moments]
    days = {number: from_microseconds(number * _DAY_US).date() for number in set(numbers)}
    return [days[number] for number in numbers]


def _row_of(rows: PlainRows, place: int) -> _Row:
    price, category = rows.prices[place], rows.categories[place]
    return _Row(
        session=rows.sessions[place],
        moment=from_microseconds(rows.moments[place]),
        kind=EventType(rows.kinds[place]),
        product=ProductId(str(rows.products[place])),
        category=None if category is None else CategoryId(category),
        user=None,
        order=None,
        quantity=1,
        price_micros=None if price is None else round(price * _MICROS),
        currency=None if price is None else rows.currencies[place],
        region=None,
    )


def _type_of(value: object) -> EventType:
    written = required_text(value, "event type")
    word = "".join(filter(str.isalnum, written.casefold()))
    if word not in TYPE_OF:
        known = ", ".join(kind.value for kind in _WORDS)
        raise RowRejectedError("unknown event type", f"{written[:60]!r} is none of {known}")
    return TYPE_OF[word]


def _type_of_line(pieces: object) -> EventType:
    is_return = isinstance(pieces, int | float) and pieces < 0
    return EventType.REFUND if is_return else EventType.CHECKOUT


def _quantity(value: object, sink: ImportSink) -> int:
    pieces = sink.readable(fields.whole, value, "quantity")
    return min(abs(pieces), _MOST_QUANTITY) if pieces else 1


def _session(row: _Row) -> SessionId:
    """Return a session's own id where it is one of ours, and one made of it otherwise."""
    return _session_of(row.session)


def _session_of(name: str) -> SessionId:
    return parse_session_id(name) or session_id(NAME, name)


def _event_id(row: _Row) -> EventId:
    words = (row.session, row.moment.isoformat(), row.kind.value, row.product, row.category)
    return event_id(NAME, *words, row.order)


def _event(own_id: EventId, rows: list[_Row], moment: datetime) -> Event:
    first, lines = rows[0], [row for row in rows if row.product is not None]
    prices = [row.price_micros for row in lines if row.price_micros is not None]
    is_priced = len(prices) == len(lines) > 0 and len({row.currency for row in lines}) == 1
    is_order = first.kind in _ORDERED
    return Event(
        event_id=own_id,
        session_id=_session(first),
        type=first.kind,
        occurred_at=moment,
        received_at=moment,
        product_ids=tuple(row.product for row in lines if row.product is not None),
        category_id=None if is_order else first.category,
        region=next((row.region for row in rows if row.region), None),  # type: ignore[arg-type]
        user_id=next((row.user for row in rows if row.user), None),
        quantities=tuple(row.quantity for row in lines) if is_order else (),
        unit_price_micros=tuple(prices) if is_order and is_priced else (),
        currency=first.currency if is_order and is_priced else None,
        order_id=first.order if is_order else None,
    )
