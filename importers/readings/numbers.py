"""Columns of numbers: decimal point or decimal comma."""

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from importers.readings.kinds import ColumnKind
from importers.readings.prices import Prices
from importers.rejection import RowRejectedError
from personalization.readings.amounts import Amount, Values, is_missing, take_apart, values_of

_MOST_STARS: Final = 5
_EXACT_DIGITS: Final = 15
"""More do not fit into a floating number."""
_NAMES: Final = {".": "decimal point", ",": "decimal comma"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DecimalSigns:
    """What a person says of the sign before fractions, and what is known of the data set."""

    option: str | None = None
    otherwise: str | None = None


class NumberColumn:
    """Decides by the values that can be read in one way only; an option goes before them."""

    def __init__(
        self, name: str, kind: ColumnKind, signs: DecimalSigns, prices: Prices | None = None
    ) -> None:
        self._name = name
        self._kind = kind
        self._option = signs.option
        self._otherwise = signs.otherwise
        self._prices = prices
        self._proof: dict[str, str] = {}
        """Decimal sign -> a value that only it explains."""
        self._open: str | None = None
        """A value that is another number with each sign."""

    def see(self, value: object) -> None:
        if not isinstance(value, str) or (value.isascii() and value.isdigit()):
            return
        text = value.strip()
        amount = self._amount(text)
        if amount is None:
            return
        if self._prices is not None and not self._prices.see(amount.mark, text):
            return
        point, comma = self._possible(values_of(amount.body))
        if point is None and comma is not None:
            self._proof.setdefault(",", text)
        elif comma is None and point is not None:
            self._proof.setdefault(".", text)
        elif point != comma and self._open is None:
            self._open = text

    def problem(self) -> str | None:
        if self._option is not None:
            return None
        if len(self._proof) > 1:
            return (
                f"{self._name}: `{self._proof['.']}` has a decimal point and `{self._proof[',']}`"
                " a decimal comma. Say which is meant with --decimal point or --decimal comma;"
                " rows with the other are then rejected."
            )
        if self._open is None or self._proof or self._otherwise is not None:
            return None
        point, comma = self._possible(values_of(self._amount_of(self._open).body))
        return (
            f"{self._name}: `{self._open}` is {point:,g} with --decimal point and {comma:,g} with"
            " --decimal comma, and no value of the column tells which. Give the one that is meant."
        )

    def reading(self) -> str | None:
        if self._option is None and not self._proof and self._open is None:
            return None
        return _NAMES[self._sign]

    def read(self, value: object) -> object:
        if isinstance(value, Decimal):
            return float(value)
        if not isinstance(value, str):
            return value
        if value.isascii() and value.isdigit() and len(value) <= _EXACT_DIGITS:
            return int(value)
        text = value.strip()
        return None if is_missing(text) else self._read_text(text)

    def _read_text(self, text: str) -> object:
        amount = self._amount(text)
        if amount is None:
            return text
        if self._prices is not None:
            self._prices.check(amount.mark, text)
        point, comma = self._possible(values_of(amount.body))
        number = point if self._sign == "." else comma
        if number is None:
            return text
        return -number if amount.negative else number

    @property
    def _sign(self) -> str:
        return self._option or next(iter(self._proof), self._otherwise or ".")

    def _amount(self, text: str) -> Amount | None:
        amount = take_apart(text)
        if amount is None or (amount.mark and self._prices is None):
            return None
        return amount

    def _amount_of(self, text: str) -> Amount:
        amount = self._amount(text)
        if amount is None:
            raise RowRejectedError("not a number", text)
        return amount

    def _possible(self, values: Values) -> Values:
        return Values(*(value if self._fits(value) else None for value in values))

    def _fits(self, value: float | None) -> bool:
        if value is None or math.isinf(value):
            return False
        if self._kind is ColumnKind.WHOLE:
            return value == int(value)
        return self._kind is not ColumnKind.STARS or value <= _MOST_STARS
