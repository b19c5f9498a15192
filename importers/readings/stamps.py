"""Moments that are written as one number."""

from datetime import UTC, datetime, timedelta
from typing import Final

_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EXCEL_START: Final = datetime(1899, 12, 30, tzinfo=UTC)
_PARTS: Final = {
    "seconds": 1,
    "milliseconds": 10**3,
    "microseconds": 10**6,
    "nanoseconds": 10**9,
}
_EARLIEST, _LATEST = 10**8, 5 * 10**9
"""Seconds of 1973 and 2128: within them the units do not overlap."""
_EXCEL_EARLIEST, _EXCEL_LATEST = 20_000, 80_000
"""Days of 1954 and 2119."""


def unit_of(number: float) -> str | None:
    """Return what a number counts, by its size; None where it is no moment of a shop's history."""
    if _EXCEL_EARLIEST <= number <= _EXCEL_LATEST:
        return "excel"
    for unit, parts in _PARTS.items():
        if _EARLIEST * parts <= number <= _LATEST * parts:
            return unit
    return None


def moment_of(number: float, unit: str) -> datetime | None:
    try:
        if unit == "excel":
            return _EXCEL_START + timedelta(seconds=round(number * 86_400, 3))
        return _START + timedelta(microseconds=round(number * 10**6 / _PARTS[unit]))
    except OverflowError:
        return None


def number_in(text: str) -> float | None:
    """Return the number of a text that is one, also with a decimal comma."""
    digits = text.replace(",", ".", 1)
    whole, _, fraction = digits.partition(".")
    if not (whole.isascii() and whole.isdigit()) or len(digits) > 24:  # noqa: PLR2004 - nanoseconds and a fraction
        return None
    if fraction and not (fraction.isascii() and fraction.isdigit()):
        return None
    return float(digits) if fraction else int(whole)
