from dataclasses import fields
from datetime import date, datetime
from operator import attrgetter
from sys import intern
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from personalization.adapters.sqlite.database import Row
from personalization.domain.product import SHARED_WORDS, Availability, Product

COLUMNS = tuple(field.name for field in fields(Product))
SELECT_PRODUCTS = f"SELECT {', '.join(COLUMNS)} FROM products"  # noqa: S608 - names of fields
_MOMENTS = ("retired_at", "available_from", "available_until")


_TYPES = get_type_hints(Product)
_PLACES_OF_DAYS = [
    place
    for place, name in enumerate(COLUMNS)
    if {date, datetime} & {_TYPES[name], *get_args(_TYPES[name])}
]
_PLACES_OF_LISTS = [
    place for place, name in enumerate(COLUMNS) if get_origin(_TYPES[name]) is tuple
]
_VALUES = attrgetter(*COLUMNS)


def product_row(product: Product) -> Row:
    """Return each field as `column_value` does; most need nothing to be done."""
    row = list(_VALUES(product))
    for place in _PLACES_OF_DAYS:
        if row[place] is not None:
            row[place] = row[place].isoformat()
    for place in _PLACES_OF_LISTS:
        row[place] = column_value(row[place]) if row[place] else "[]"
    return row


def column_value(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return msgspec.json.encode(value).decode() if isinstance(value, tuple) else value


def product_of(row: tuple[Any, ...]) -> Product:
    values = dict(zip(COLUMNS, row, strict=True))
    if values["listed_on"] is not None:
        values["listed_on"] = date.fromisoformat(values["listed_on"])
    for name in _MOMENTS:
        if values[name] is not None:
            values[name] = datetime.fromisoformat(values[name])
    values["availability"] = Availability(values["availability"])
    for name in SHARED_WORDS:
        if values[name] is not None:
            values[name] = intern(values[name])
    # Of most products it is empty, and decisions read hundreds at a time.
    markets = values["markets"]
    values["markets"] = () if markets == "[]" else tuple(msgspec.json.decode(markets))
    return Product(**values)
