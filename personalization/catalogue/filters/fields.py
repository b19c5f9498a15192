"""The fields of a product that conditions ask for, and what a product says of each."""

import math
import struct
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Final

from personalization.catalogue.filters.filter import Value
from personalization.domain.product import Availability, Product, ProductDetails


class FieldKind(StrEnum):
    NUMBER = "number"
    TEXT = "text"
    CATEGORY = "category"
    """Ids, compared as they are written; one stands for all that are below it too."""
    AVAILABILITY = "availability"
    YES_NO = "yes_no"
    ATTRIBUTE = "attribute"
    """Whatever the product has there: text, a number, yes or no, or several texts."""


FIELDS: Final[Mapping[str, FieldKind]] = {
    "price": FieldKind.NUMBER,
    "list_price": FieldKind.NUMBER,
    "rating": FieldKind.NUMBER,
    "rating_count": FieldKind.NUMBER,
    "bought_last_month": FieldKind.NUMBER,
    "age_days": FieldKind.NUMBER,
    "on_sale": FieldKind.YES_NO,
    "availability": FieldKind.AVAILABILITY,
    "category": FieldKind.CATEGORY,
    "brand": FieldKind.TEXT,
    "gender": FieldKind.TEXT,
    "material": FieldKind.TEXT,
    "colour": FieldKind.TEXT,
    "size": FieldKind.TEXT,
    "tags": FieldKind.TEXT,
}
OTHER_NAMES: Final[Mapping[str, str]] = {"colours": "colour", "sizes": "size", "tag": "tags"}
SEVERAL_VALUES: Final = frozenset({"colour", "size", "tags"})
"""Of one product, beside attributes."""
ATTRIBUTES: Final = "attributes."

Values = tuple[Value, ...]
_SINGLE: Final = struct.Struct("<f")


def kind_of(field: str) -> FieldKind:
    """Return the kind of a field of a filter that was parsed."""
    return FieldKind.ATTRIBUTE if field.startswith(ATTRIBUTES) else FIELDS[field]


def has_one_value(field: str) -> bool:
    return kind_of(field) is not FieldKind.ATTRIBUTE and field not in SEVERAL_VALUES


@lru_cache(maxsize=8_192)
def fold(text: str) -> str:
    """Return what texts that count as equal have in common: no case, no outer spaces."""
    if text.isascii():
        return text.strip().lower()
    return unicodedata.normalize("NFC", text.strip().casefold())


def single(number: float) -> float:
    """Return the number as 32 bits hold it (7 digits), as products' own numbers are compared."""
    try:
        return float(_SINGLE.unpack(_SINGLE.pack(number))[0])
    except OverflowError:
        return math.copysign(math.inf, number)


def comparable(field: str, value: Value) -> Value:
    """Return a value of a condition as it is compared with `values_of` of its field."""
    kind = kind_of(field)
    if isinstance(value, str):
        return value if kind is FieldKind.CATEGORY else fold(value)
    if isinstance(value, bool) or kind is FieldKind.ATTRIBUTE:
        return value
    return single(value)


def values_of(field: str, product: Product, details: ProductDetails | None, today: date) -> Values:
    """Return what a product has in a field, each value once; nothing where it has none.

    Texts are folded. The product's own numbers are rounded to 32 bits.
    """
    if field.startswith(ATTRIBUTES):
        name = field.removeprefix(ATTRIBUTES)
        given = () if details is None else details.attributes
        return next((attribute_values(value) for key, value in given if key == name), ())
    if field == "age_days":
        listed_on = product.listed_on
        return () if listed_on is None else (float((today - listed_on).days),)
    return READERS[field](product, details)


def attribute_values(value: object) -> Values:
    if isinstance(value, bool):
        return (value,)
    if isinstance(value, int | float):
        return (float(value),) if math.isfinite(value) else ()
    return _texts(value) if isinstance(value, tuple) else _text(value)


def _text(value: object) -> Values:
    folded = fold(value) if isinstance(value, str) else ""
    return (folded,) if folded else ()


def _texts(given: Iterable[object]) -> Values:
    folded = [fold(text) for text in given if isinstance(text, str)]
    return tuple(dict.fromkeys(text for text in folded if text))


def _number(value: float | None) -> Values:
    return () if value is None or not math.isfinite(value) else (single(value),)


def _on_sale(product: Product, _: ProductDetails | None) -> Values:
    price, before = product.price, product.list_price
    return (price is not None and before is not None and single(price) < single(before),)


def _availability(product: Product, _: ProductDetails | None) -> Values:
    # What is in stock without a piece cannot be bought.
    return (str(product.availability if product.is_on_sale else Availability.OUT_OF_STOCK),)


READERS: Final[Mapping[str, Callable[[Product, ProductDetails | None], Values]]] = {
    "price": lambda product, _: _number(product.price),
    "list_price": lambda product, _: _number(product.list_price),
    "rating": lambda product, _: _number(product.rating),
    "rating_count": lambda product, _: _number(product.rating_count),
    "bought_last_month": lambda product, _: _number(product.bought_last_month),
    "on_sale": _on_sale,
    "availability": _availability,
    "category": lambda product, _: (product.category_id,),
    "brand": lambda product, _: _text(product.brand),
    "gender": lambda _, details: _text(details.gender) if details else (),
    "material": lambda _, details: _text(details.material) if details else (),
    "colour": lambda product, details: (
        _texts((product.colour, *details.colours))
        if details is not None and details.colours
        else _text(product.colour)
    ),
    "size": lambda product, details: (
        _texts((product.size, *details.sizes))
        if details is not None and details.sizes
        else _text(product.size)
    ),
    "tags": lambda _, details: _texts(details.tags) if details else (),
}
"""Of all fields but `age_days`, whose values change by the day."""
