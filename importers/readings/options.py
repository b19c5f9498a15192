"""What a person says about how files are written; it goes before what the columns tell."""

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from personalization.domain.errors import ImportRejectedError
from personalization.readings.currencies import CURRENCIES

DECIMALS: Final = {"comma": ",", "point": ".", ",": ",", ".": ".", "dot": "."}
ORDERS: Final = ("dmy", "mdy", "ymd")
"""Order of day, month and year where the four digits of the year do not stand first."""
UNITS: Final = ("seconds", "milliseconds", "excel")
"""What a bare number counts: since 1970, or days since the end of 1899."""
_DELIMITERS: Final = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatOptions:
    """Each is None where the files themselves decide."""

    decimal: str | None = None
    """The sign before the fraction of a number: `.` or `,`."""
    dates: str | None = None
    """One of `ORDERS` or `UNITS`."""
    encoding: str | None = None
    currency: str | None = None
    """ISO 4217 code of all prices."""
    delimiter: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    """A column's name in the format -> its name in the files."""
    headless: bool = False
    """Text files begin with a row; their columns are called 1, 2 and so on."""


def format_options(**typed: str | None) -> FormatOptions:
    """Return what was typed as options; `ImportRejectedError` says what they take."""
    read = {"decimal": _decimal, "dates": _dates, "encoding": _encoding, "currency": _currency}
    read["delimiter"] = _delimiter
    given: dict[str, Any] = {
        name: read[name](text) for name, text in typed.items() if text is not None
    }
    return FormatOptions(**given)


def parse_columns(typed: Sequence[str]) -> dict[str, str]:
    """Return known name -> own name of `item_id=SKU` and the like."""
    names: dict[str, str] = {}
    for text in typed:
        known, sign, own = (part.strip() for part in text.partition("="))
        if not (known and sign and own):
            raise ImportRejectedError(
                f"--column takes what a column is and its name in the file, such as"
                f" item_id=SKU, not {text!r}."
            )
        names[known] = own
    return names


def _decimal(typed: str) -> str:
    sign = DECIMALS.get(typed.strip().casefold())
    if sign is None:
        raise ImportRejectedError(f"--decimal takes comma or point, not {typed!r}.")
    return sign


def _dates(typed: str) -> str:
    chosen = typed.strip().casefold()
    if chosen not in (*ORDERS, *UNITS):
        raise ImportRejectedError(f"--dates takes {', '.join((*ORDERS, *UNITS))}, not {typed!r}.")
    return chosen


def _encoding(typed: str) -> str:
    try:
        found = codecs.lookup(typed)
        "".encode(found.name)
        codecs.getincrementaldecoder(found.name)("backslashreplace").decode(b"a")
    except (LookupError, ValueError) as error:
        raise ImportRejectedError(
            f"--encoding: there is no text encoding {typed!r}; for example utf-8, windows-1252,"
            " iso-8859-2, utf-16."
        ) from error
    return found.name


def _currency(typed: str) -> str:
    code = typed.strip().upper()
    if code not in CURRENCIES:
        raise ImportRejectedError(
            f"--currency takes a code of ISO 4217 such as EUR or USD, not {typed!r}."
        )
    return code


def _delimiter(typed: str) -> str:
    sign = _DELIMITERS.get(typed.strip().casefold(), typed)
    if len(sign) != 1 or sign.isalnum() or sign in '"\r\n\0' or not sign.isascii():
        raise ImportRejectedError(
            f"--delimiter takes one sign such as ';' or the word tab, not {typed!r}."
        )
    return sign
