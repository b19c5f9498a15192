"""Reading single values. Each returns None for an absent one and raises `ValueError` for junk."""

import math
import unicodedata
from datetime import UTC, datetime

CURRENCY_SIGNS = "₹$£€"
_LETTER_MARK_NUMBER = "LMN"


def text(value: object) -> str | None:
    """Return the text without space around it, or None where nothing is left."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return str(value).strip() or None


def amount(value: object) -> float | None:
    """Return a finite number; currency signs and thousands commas are dropped."""
    if isinstance(value, int):
        return float(value)
    if not isinstance(value, float):
        written = text(value)
        if written is None:
            return None
        value = float(written.strip(CURRENCY_SIGNS + " ").replace(",", ""))
    if math.isnan(value):
        return None
    if math.isinf(value):
        raise ValueError("infinite")
    return value


def plain_amount(value: object) -> float | None:
    """Return a finite number that is no sum of money: a currency sign is junk here."""
    if isinstance(value, str) and any(sign in value for sign in CURRENCY_SIGNS):
        raise ValueError(f"{value!r} is a price")
    return amount(value)


def whole(value: object) -> int | None:
    """Return a whole number, also where it is written as `12.0` or `1,204`."""
    if isinstance(value, int):
        return value
    number = amount(value)
    if number is None:
        return None
    if number != int(number):
        raise ValueError(f"{value!r} is not whole")
    return int(number)


def moment(value: object) -> datetime | None:
    """Return an aware moment; one without a zone is taken as UTC."""
    if not isinstance(value, datetime):
        written = text(value)
        if written is None:
            return None
        value = datetime.fromisoformat(written.removesuffix(" UTC"))
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def slug(name: str) -> str:
    """Return a name as an identifier, in any script: `Air Conditioners` -> `air-conditioners`."""
    kept = (
        letter if unicodedata.category(letter)[0] in _LETTER_MARK_NUMBER else " "
        for letter in unicodedata.normalize("NFC", name).casefold()
    )
    return "-".join("".join(kept).split())
