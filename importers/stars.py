"""Ratings and prices as shops write them, where 0 often stands for unknown."""

from importers.sink import ImportSink
from importers.tables import fields

MOST_STARS = 5
_MOST_COUNTED = 2**31 - 1
"""As much as every store can hold."""


def rating(value: object, sink: ImportSink, column: str) -> float | None:
    """Return 1 to 5 stars, or None where nobody has rated (0) or where it is no rating."""
    return sink.readable(_stars, value, column) or None


def price(value: object, sink: ImportSink, column: str) -> float | None:
    """Return a price above zero, or None where it is unknown (0) or no price."""
    return sink.readable(_price, value, column) or None


def count(value: object, sink: ImportSink, column: str) -> int:
    """Return a count, 0 where it is unknown."""
    number = sink.readable(fields.whole, value, column) or 0
    return number if 0 < number <= _MOST_COUNTED else 0


def _stars(value: object) -> float | None:
    stars = fields.amount(value)
    if stars and not 1 <= stars <= MOST_STARS:
        raise ValueError(f"{stars} is no number of stars")
    return stars


def _price(value: object) -> float | None:
    amount = fields.amount(value)
    if amount is not None and amount < 0:
        raise ValueError(f"{amount} is no price")
    return amount
