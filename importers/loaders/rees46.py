"""REES46: views, carts and purchases of a multi-category store, sessions included."""

from collections import deque
from collections.abc import Mapping
from datetime import date, timedelta

from importers import stars
from importers.baskets import BasketLine, OpenBaskets
from importers.identity import event_id, session_id
from importers.loader import Loader, required_text
from importers.readings.kinds import ColumnKind, Names
from importers.rejection import RowRejectedError
from importers.sink import ImportSink
from importers.tables import fields
from importers.tables.table import Values
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import CategoryId, EventId, ProductId, UserId
from personalization.domain.product import Category, Product, ProductDetails

NAME = "rees46"
REQUIRED = (
    ("event_time",),
    ("event_type",),
    ("product_id",),
    ("category_id",),
    ("category_code",),
    ("brand",),
    ("price",),
    ("user_id",),
    ("user_session",),
)
KINDS: Mapping[Names, ColumnKind] = {
    REQUIRED[0]: ColumnKind.MOMENT,
    REQUIRED[2]: ColumnKind.ID,
    REQUIRED[3]: ColumnKind.ID,
    REQUIRED[4]: ColumnKind.ID,
    REQUIRED[6]: ColumnKind.MONEY,
    REQUIRED[7]: ColumnKind.ID,
    REQUIRED[8]: ColumnKind.ID,
}
CHECKOUT_WINDOW = timedelta(minutes=5)
"""A bought basket is written as one row a product, seconds apart."""
REMEMBERED_EVENTS = 10_000
"""Rows that were sent twice stand close together."""
_TYPES = {
    "view": EventType.PRODUCT_VIEW,
    "cart": EventType.ADD_TO_CART,
    "remove_from_cart": EventType.REMOVE_FROM_CART,
}
_NOTES = (
    f"purchases of a session within {CHECKOUT_WINDOW.seconds // 60} minutes are one checkout",
    "products have no titles: they are named by brand, category and number",
    "the data set names no currency: prices are taken as US dollars",
)
_ABSENT = {
    "ratings": "the data set has no ratings, so nothing can be ranked by them",
    "regions": "the data set has no countries, so nothing is regional",
    "pictures": "the data set has no pictures of its products",
}


class Rees46Loader(Loader):
    """Rows become events of their session; a product is as its last row says."""

    time_columns = (REQUIRED[0],)
    columns = REQUIRED
    kinds = KINDS

    def __init__(self) -> None:
        super().__init__()
        self._baskets = OpenBaskets(CHECKOUT_WINDOW)
        self._known: dict[ProductId, tuple[date, float | None, CategoryId]] = {}
        self._told: set[str] = set()
        self._recent: deque[EventId] = deque()
        self._recent_ids: set[EventId] = set()

    def take(self, values: Values, sink: ImportSink) -> None:
        time, kind, product, category, code, brand, cost, user, visit = self._select(values)
        product_id, session = required_text(product, "product"), required_text(visit, "session")
        moment = self.checked_moment(time)
        category_id = CategoryId(fields.text(code) or required_text(category, "category"))
        line = BasketLine(
            key=session,
            moment=moment,
            product_id=ProductId(product_id),
            user_id=_user(user),
        )
        if kind == "purchase":
            for basket in self._baskets.add(line):
                sink.event(basket.checkout(NAME, "checkout"))
        elif kind in _TYPES:
            event = _event(_TYPES[str(kind)], line, category_id)
            self._refuse_repetition(event.event_id)
            sink.event(event)
        else:
            raise RowRejectedError("unknown event type", repr(kind))
        self._tell(line, category_id, fields.text(brand), stars.price(cost, sink, "price"), sink)

    def finish(self, sink: ImportSink) -> None:
        for basket in self._baskets.close():
            sink.event(basket.checkout(NAME, "checkout"))
        sink.notes += _NOTES
        sink.absent |= _ABSENT

    def _refuse_repetition(self, identifier: EventId) -> None:
        if identifier in self._recent_ids:
            raise RowRejectedError("the same event twice")
        self._recent.append(identifier)
        self._recent_ids.add(identifier)
        if len(self._recent) > REMEMBERED_EVENTS:
            self._recent_ids.discard(self._recent.popleft())

    def _tell(
        self,
        line: BasketLine,
        category_id: CategoryId,
        brand: str | None,
        price: float | None,
        sink: ImportSink,
    ) -> None:
        """Put the product and its category where they are new or changed."""
        known = self._known.get(line.product_id)
        first_day, known_price = (line.moment.date(), None) if known is None else known[:2]
        told = (first_day, known_price if price is None else price, category_id)
        if told == known:
            return
        self._known[line.product_id] = told
        name = category_id.rsplit(".", 1)[-1].replace("_", " ").capitalize()
        if category_id not in self._told:
            self._told.add(category_id)
            sink.category(Category(category_id=category_id, name=name))
        kind = name.casefold() if "." in category_id else "product"
        title = f"{brand or ''} {kind} {line.product_id}".strip()
        sink.product(
            Product(
                product_id=line.product_id,
                category_id=category_id,
                title=title[0].upper() + title[1:],
                price=told[1],
                currency=self._currency,
                listed_on=first_day,
                brand=brand,
            ),
            ProductDetails(product_id=line.product_id, category_path=_path(category_id)),
        )


def _path(category_id: CategoryId) -> tuple[str, ...]:
    """Return the names in a code such as `electronics.audio.headphone`; a bare number has none."""
    if category_id.isdigit():
        return ()
    return tuple(part.replace("_", " ").capitalize() for part in category_id.split("."))


def _user(value: object) -> UserId | None:
    written = fields.text(value)
    return None if written is None else UserId(written)


def _event(kind: EventType, line: BasketLine, category_id: CategoryId) -> Event:
    return Event(
        event_id=event_id(NAME, line.key, line.moment.isoformat(), kind.value, line.product_id),
        session_id=session_id(NAME, line.key),
        type=kind,
        occurred_at=line.moment,
        received_at=line.moment,
        product_ids=(line.product_id,),
        category_id=category_id,
        user_id=line.user_id,
    )
