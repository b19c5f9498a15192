"""Columns of ids, which spreadsheets and number columns spoil."""

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from importers.rejection import RowRejectedError
from personalization.domain.identifiers import id_fault

ROUNDED: Final = "id rounded by a spreadsheet"
EXACT_DIGITS: Final = 15
"""A spreadsheet, and a column of floating numbers, keeps no more digits of an id."""
_MOST_ROUNDED: Final = 1_000
_ZEROS_THAT_PROVE: Final = 4
"""Ids that end in so many zeros by chance are one in ten thousand."""
_SCIENTIFIC: Final = re.compile(r"-?\d{1,3}(?:[eE][+-]\d{2,3}|[.,]\d{1,17}[eE][+-]?\d{1,3})")
_FLOAT: Final = re.compile(r"\d{1,15}\.0{1,6}")
_MONTHS: Final = frozenset(
    """Jan Feb Mar Mrz Apr May Mai Jun Jul Aug Sep Oct Okt Nov Dec Dez janv févr mars avr mai juin
    juil août sept oct nov déc ene feb abr may jun jul ago dic gen mag giu lug set ott""".split()  # noqa: SIM905 - readable
)
_ERRORS: Final = frozenset(
    """#REF! #VALUE! #NAME? #NUM! #DIV/0! #NULL! #N/A #WERT! #BEZUG! #ZAHL! #NV #VALEUR! #NOM?
    #NOMBRE! #¡REF! #¡VALOR! #¿NOMBRE? #¡NUM! #N/D #VALORE! #RIF!""".split()  # noqa: SIM905 - readable
)
_MISSING: Final = frozenset({"", "nan", "NaN", "NULL", "null", "None", "<NA>", "\\N"})


class IdColumn:
    """Takes ids as text, and refuses what is no longer the id that it was."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._all_float = True
        self._any = False
        self._rounded: set[str] = set()
        self._has_exact = False

    def see(self, value: object) -> None:
        if not isinstance(value, str):
            return
        text = _without_formula(value)
        if text in _MISSING:
            return
        self._any = True
        if self._all_float and not _FLOAT.fullmatch(text):
            self._all_float = False
        if len(text) > EXACT_DIGITS and not self._has_exact and text.isdigit():
            self._see_long(text)

    def problem(self) -> str | None:
        return None

    def reading(self) -> str | None:
        return "whole numbers written with .0" if self._any and self._all_float else None

    def read(self, value: object) -> str | None:
        text = self._text(value)
        if text is None:
            return None
        if self._any and self._all_float:
            text = text.partition(".")[0]
        self._refuse_damage(text)
        fault = id_fault(text)
        if fault is not None:
            raise RowRejectedError("not an id", f"{self._name} {fault}: {text[:40]!r}")
        return text

    def _text(self, value: object) -> str | None:
        if isinstance(value, str):
            text = _without_formula(value)
            return None if text in _MISSING else text
        if value is None or (isinstance(value, float) and value != value):  # noqa: PLR0124 - NaN
            return None
        if isinstance(value, float | Decimal):
            return self._of_number(value)
        if isinstance(value, bool | date | datetime | time | bytes | list | tuple | dict):
            raise RowRejectedError(
                "not an id", f"{self._name} {value!r} is a {type(value).__name__}"
            )
        return str(value).strip() or None

    def _of_number(self, value: float | Decimal) -> str:
        try:
            whole = int(value)
        except (ValueError, OverflowError) as error:
            raise RowRejectedError("not an id", f"{self._name} {value}") from error
        if whole != value:
            raise RowRejectedError("not an id", f"{self._name} {value} is not a whole number")
        if isinstance(value, float) and abs(whole) >= 10**EXACT_DIGITS:
            raise RowRejectedError(ROUNDED, f"{self._name} {value!r}: export the column as text")
        return str(whole)

    def _see_long(self, text: str) -> None:
        if text[EXACT_DIGITS:].strip("0"):
            self._has_exact = True
            self._rounded.clear()
        elif len(self._rounded) < _MOST_ROUNDED:
            self._rounded.add(text)

    def _refuse_damage(self, text: str) -> None:
        spoiled = (
            _SCIENTIFIC.fullmatch(text)
            or (len(text) > 1 and not text.strip("#"))
            or self._is_rounded(text)
        )
        if spoiled:
            raise RowRejectedError(
                ROUNDED, f"{self._name} {text}: format the column as text and export it again"
            )
        if text in _ERRORS or _is_date(text):
            raise RowRejectedError(
                "id changed by a spreadsheet",
                f"{self._name} {text}: format the column as text and export it again",
            )

    def _is_rounded(self, text: str) -> bool:
        if self._has_exact or len(text) <= EXACT_DIGITS or text not in self._rounded:
            return False
        return sum(len(id_) - EXACT_DIGITS for id_ in self._rounded) >= _ZEROS_THAT_PROVE


def _without_formula(text: str) -> str:
    """Return the id in `="00123"`, as text files keep the zeros from a spreadsheet."""
    stripped = text.strip()
    is_formula = stripped.startswith('="') and stripped.endswith('"')
    return stripped[2:-1].strip() if is_formula else stripped


def _is_date(text: str) -> bool:
    """Whether an id is what spreadsheets make of `3-24` or `MAR24`: `Mar-24`, `24. Mrz`."""
    left, mark, right = text.replace(". ", "-").replace(" ", "-").replace(".", "-").partition("-")
    month, number = (left, right) if left in _MONTHS else (right, left)
    return bool(mark) and month in _MONTHS and number.isdigit() and len(number) <= len("24")
