"""UCI 553, e-shop clothing 2008: the clicks of a clothing shop, April to August 2008."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from importers.identity import event_id, session_id, stable_number
from importers.loader import Loader
from importers.options import Holdout
from importers.readings.kinds import ColumnKind, Names
from importers.rejection import RowRejectedError
from importers.sink import ImportSink
from importers.tables import fields
from importers.tables.table import Values
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import CategoryId, ProductId, Region
from personalization.domain.product import Category, Product, ProductDetails

NAME = "eshop2008"
REQUIRED = (
    ("year",),
    ("month",),
    ("day",),
    ("order",),
    ("country",),
    ("session_id", "session ID"),
    ("category", "page 1 (main category)"),
    ("model", "page 2 (clothing model)"),
    ("colour",),
    ("price",),
)
"""Each column as the tidied and as the original file spell it."""
KINDS: Mapping[Names, ColumnKind] = {
    names: ColumnKind.ID
    if names[0] == "model"
    else ColumnKind.MONEY
    if names[0] == "price"
    else ColumnKind.WHOLE
    for names in REQUIRED
}
DAYS_KEPT_BACK = 13
"""1 to 13 August 2008: published figures on this data set train on April to July."""
SECONDS_BETWEEN_CLICKS = 30
_FIRST_SECOND = 7 * 3600
_SECONDS_OF_STARTS = 15 * 3600
"""Sessions start between 7 and 22 o'clock, so that the longest (195 clicks) ends that day."""
_MOST_CLICKS = 2 * 3600 // SECONDS_BETWEEN_CLICKS

_CODES = (
    "au at be vg ky cx hr cy cz dk ee - fo fi fr de gr hu is in ie it lv lt lu mx nl no pl pt ro"
    " ru sm sk si es se ch ua ae gb us - - - - -"
)
_COUNTRIES = _CODES.split()
"""Codes 1 to 47; 12 and 43 to 47 name no country."""
_CATEGORIES = ("trousers", "skirts", "blouses", "sale")
_KINDS = ("trousers", "skirt", "blouse", "sale piece")
_COLOURS = (
    "beige", "black", "blue", "brown", "burgundy", "grey", "green", "navy blue",
    "multicoloured", "olive", "pink", "red", "violet", "white",
)  # fmt: skip

_NOTES = (
    (
        "the data set has days and the order of clicks but no time of day: clicks stand"
        f" {SECONDS_BETWEEN_CLICKS} s apart from a made-up start of their session"
    ),
    (
        "a category view stands 1 s before the first click of a session and before every"
        " click in another category than the one before"
    ),
    ("a model seen in several categories, colours or prices is listed under the most frequent"),
)
_ABSENT = {
    "ratings": "the data set has no ratings, so nothing can be ranked by them",
    "purchases": "the data set has clicks only: no carts, checkouts or bundles",
    "pictures": "the data set has no pictures of its products",
}


class Eshop2008Loader(Loader):
    """Clicks become product views, a change of category a category view just before."""

    time_columns = REQUIRED[:3]
    columns = REQUIRED
    kinds = KINDS
    holdout = Holdout(days=DAYS_KEPT_BACK)

    def __init__(self) -> None:
        super().__init__()
        self._category_of_session: dict[int, int] = {}
        self._models: defaultdict[str, Counter[tuple[int, int, float | None]]] = defaultdict(
            Counter
        )
        self._first_day: dict[str, date] = {}

    def moment(self, values: Values) -> datetime | None:
        """Return the start of the day in year, month and day."""
        try:
            return _midnight(*map(_number, values))
        except RowRejectedError:
            return None

    def take(self, values: Values, sink: ImportSink) -> None:
        """Turn a click into its events and remember what it tells of the model."""
        year, month, day, order, country, visit, category, model, colour, price = self._select(
            values
        )
        start = _midnight(_number(year), _number(month), _number(day))
        place, session, main_category = _number(order), _number(visit), _number(category)
        name = fields.text(model)
        if name is None:
            raise RowRejectedError("no model")
        if not 1 <= main_category <= len(_CATEGORIES):
            raise RowRejectedError("unknown category", f"category {main_category}")
        if not 1 <= place <= _MOST_CLICKS:
            raise RowRejectedError("not a click number", f"order {place}")
        start += _time_of_day(session) + timedelta(seconds=SECONDS_BETWEEN_CLICKS * (place - 1))
        region = _region(sink.readable(fields.whole, country, "country"))
        if self._category_of_session.get(session) != main_category:
            self._category_of_session[session] = main_category
            moment = start - timedelta(seconds=1)
            sink.event(
                _event(EventType.CATEGORY_VIEW, (session, place), moment, main_category, region)
            )
        sink.event(
            _event(EventType.PRODUCT_VIEW, (session, place), start, main_category, region, name)
        )
        shade = sink.readable(fields.whole, colour, "colour") or 0
        cost = sink.readable(fields.amount, price, "price") or None
        self._models[name][(main_category, shade, cost)] += 1
        self._first_day[name] = min(self._first_day.get(name, start.date()), start.date())

    def finish(self, sink: ImportSink) -> None:
        """Put the models as products, each as it was seen most often."""
        for category in _CATEGORIES:
            sink.category(Category(category_id=CategoryId(category), name=category.capitalize()))
        for model, seen in sorted(self._models.items()):
            (main_category, shade, price), _ = seen.most_common(1)[0]
            product = _product(model, main_category, shade, price, self._first_day[model])
            details = ProductDetails(
                product_id=product.product_id,
                category_path=(_CATEGORIES[main_category - 1].capitalize(),),
            )
            sink.product(replace(product, currency=self._currency), details)
        sink.notes += _NOTES
        sink.absent |= _ABSENT


def _number(value: object) -> int:
    try:
        number = fields.whole(value)
    except ValueError as error:
        raise RowRejectedError("not a number", repr(value)) from error
    if number is None:
        raise RowRejectedError("empty value")
    return number


def _midnight(year: int, month: int, day: int) -> datetime:
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise RowRejectedError("not a date", f"{year}-{month}-{day}") from error


def _time_of_day(session: int) -> timedelta:
    second = stable_number(NAME, "start", session) % _SECONDS_OF_STARTS
    return timedelta(seconds=_FIRST_SECOND + second)


def _region(code: int | None) -> Region | None:
    if code is None or not 1 <= code <= len(_COUNTRIES):
        return None
    country = _COUNTRIES[code - 1]
    return None if country == "-" else Region(country)


def _event(
    kind: EventType,
    click: tuple[int, int],
    moment: datetime,
    main_category: int,
    region: Region | None,
    model: str | None = None,
) -> Event:
    session, place = click
    return Event(
        event_id=event_id(NAME, session, place, kind.value),
        session_id=session_id(NAME, session),
        type=kind,
        occurred_at=moment,
        received_at=moment,
        product_ids=() if model is None else (ProductId(model),),
        category_id=CategoryId(_CATEGORIES[main_category - 1]),
        region=region,
    )


def _product(
    model: str, main_category: int, shade: int, price: float | None, first_day: date
) -> Product:
    colour = _COLOURS[shade - 1] if 1 <= shade <= len(_COLOURS) else None
    title = f"{colour or ''} {_KINDS[main_category - 1]} {model}".strip()
    return Product(
        product_id=ProductId(model),
        category_id=CategoryId(_CATEGORIES[main_category - 1]),
        title=title[0].upper() + title[1:],
        price=price,
        colour=colour,
        listed_on=first_day,
    )
