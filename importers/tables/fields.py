"""Reading single values. Each returns None for an absent one and raises `ValueError` for junk."""

import unicodedata
from datetime import UTC, datetime

_LETTER_MARK_NUMBER = "LMN"
_LARGEST = 1e15
"""From here on, floating numbers do not tell cents apart."""


def text(value: object) -> str | None:
    """Return the text without space around it, or None where nothing is left."""
    if value is None or isinstance(value, bytes) or value != value:  # noqa: PLR0124 - NaN
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip() or None


def amount(value: object) -> float | None:
    """Return a number of a shop; text, dates and a yes are none that their column could read."""
    if value is None or value != value or (isinstance(value, str) and not value.strip()):  # noqa: PLR0124 - NaN
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGEST:
        return float(value)
    raise ValueError(f"{value!r} is no number")


def whole(value: object) -> int | None:
    """Return a whole number, also where it is written as `12.0`."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    number = amount(value)
    if number is None:
        return None
    if number != int(number):
        raise ValueError(f"{value!r} is not whole")
    return int(number)


def moment(value: object) -> datetime | None:
    """Return an aware moment; text is one that its column could not read."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if not isinstance(value, datetime):
        raise ValueError(f"{value!r} is no moment")  # noqa: TRY004 - junk in a file, not a wrong call
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def slug(name: str) -> str:
    """Return a name as an identifier, in any script: `Air Conditioners` -> `air-conditioners`."""
    kept = (
        letter if unicodedata.category(letter)[0] in _LETTER_MARK_NUMBER else " "
        for letter in unicodedata.normalize("NFC", name).casefold()
    )
    return "-".join("".join(kept).split())
