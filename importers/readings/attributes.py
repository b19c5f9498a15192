"""Columns of further attributes: numbers, yes or no, lists or texts, as all their values are."""

import re
from typing import Final

from importers.tables import fields
from personalization.domain.product import AttributeValue

PREFIX: Final = "attributes."
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?")
_FLAGS: Final = {"true": True, "false": False, "yes": True, "no": False}
_LIST: Final = "|"
_LONGEST: Final = 2_000
_MOST: Final = 200
CODES: Final = frozenset({"gtin", "ean", "upc", "isbn", "mpn", "barcode"})
"""Attributes whose digits are no number."""
TYPES: Final = ("number", "flag", "list", "text")


class AttributeColumn:
    """A name that ends in `:text` or another type says it; JSON and parquet say it themselves."""

    def __init__(self, name: str) -> None:
        told = name.rpartition(":")[2]
        is_code = name.rpartition(".")[2].casefold() in CODES
        self._told = told if told in TYPES else "text" if is_code else None
        self._is_number = self._is_flag = True
        self._is_list = self._any = False

    def see(self, value: object) -> None:
        if not isinstance(value, str) or not (text := value.strip()):
            return
        self._any = True
        self._is_number = self._is_number and _NUMBER.fullmatch(text) is not None
        self._is_flag = self._is_flag and text.casefold() in _FLAGS
        self._is_list = self._is_list or _LIST in text

    def problem(self) -> None:
        """Return nothing: whatever it is, it is a text."""

    def reading(self) -> str | None:
        return self._type if self._any or self._told else None

    def read(self, value: object) -> AttributeValue | None:
        """Return the typed value; a text that is not of the column's type stays a text."""
        if isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return float(value) if value == value else None  # noqa: PLR0124 - NaN
        if isinstance(value, list | tuple):
            return tuple(text for each in value if (text := _text(each)))[:_MOST] or None
        text = _text(value)
        return None if text is None else self._value_of(text)

    @property
    def _type(self) -> str:
        if self._told is not None:
            return self._told
        if self._is_number:
            return "number"
        if self._is_flag:
            return "flag"
        return "list" if self._is_list else "text"

    def _value_of(self, text: str) -> AttributeValue:
        kind = self._type
        if kind == "number" and _NUMBER.fullmatch(text):
            return float(text)
        if kind == "flag" and text.casefold() in _FLAGS:
            return _FLAGS[text.casefold()]
        if kind == "list":
            return tuple(part for each in text.split(_LIST) if (part := each.strip()))[:_MOST]
        return text


def attribute_name(column: str) -> str:
    """Return `fit` of `attributes.fit:text`."""
    name, _, told = column[len(PREFIX) :].rpartition(":")
    return name if name and told in TYPES else column[len(PREFIX) :]


def _text(value: object) -> str | None:
    text = fields.text(value)
    if text is None:
        return None
    return " ".join("".join(map(_visible, text)).split())[:_LONGEST] or None


def _visible(sign: str) -> str:
    return sign if sign.isprintable() else " "
