"""Columns of dates: the order of day and month, and what bare numbers count."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final

from importers.readings.options import ORDERS, UNITS
from importers.readings.stamps import moment_of, number_in, unit_of
from personalization.readings.amounts import is_missing
from personalization.readings.written_dates import LONGEST, WrittenDate, written_date

_ORDER_NAMES: Final = {
    "dmy": "day/month/year", "mdy": "month/day/year", "ymd": "year/month/day",
}  # fmt: skip
_UNIT_NAMES: Final = {"excel": "days of a spreadsheet"}


class MomentColumn:
    """Decides by the dates that exist in one order only; an option goes before them."""

    def __init__(self, name: str, dates: str | None, this_year: int) -> None:
        self._name = name
        self._this_year = this_year
        self._order_option = dates if dates in ORDERS else None
        self._unit_option = dates if dates in UNITS else None
        self._possible: dict[str, datetime] | None = None
        self._impossible: dict[str, str] = {}
        """Order -> a date that does not exist in it."""
        self._apart: dict[frozenset[str], str] = {}
        """Two orders -> a date that is another day in each."""
        self._seen: set[str] = set()
        self._forms: dict[str, None] = {}
        self._units: dict[str, object] = {}

    def see(self, value: object) -> None:
        number = _number(value)
        if number is not None and not self._is_compact(value):
            unit = unit_of(number)
            if unit is not None:
                self._units.setdefault(unit, value)
            return
        written = self._meanings(value)
        if written is None:
            return
        if written.certain is not None:
            self._forms.setdefault(written.form)
            return
        self._see_orders(str(value), written)

    def problem(self) -> str | None:
        if self._unit_option is None and len(self._units) > 1:
            shown = ", ".join(f"`{value}` ({unit})" for unit, value in self._units.items())
            return (
                f"{self._name}: the numbers count different things: {shown}. Name it with --dates."
            )
        if self._order_option is not None or not self._seen:
            return None
        left = self._remaining_orders()
        if not left:
            shown = ", ".join(
                f"`{text.strip()}` is no date with --dates {order}"
                for order, text in self._impossible.items()
                if order in self._seen
            )
            return (
                f"{self._name}: no one order of day and month explains all dates: {shown}. Name the"
                " one that is meant; rows with another are then rejected."
            )
        for first, second in pairwise(left):
            text = self._apart.get(frozenset((first, second)))
            if text is not None:
                return self._ambiguous(text, left)
        return None

    def reading(self) -> str | None:
        order = self._order
        names = list(self._forms)
        if order is not None and self._seen:
            names.append(_ORDER_NAMES[order])
        unit = self._unit_option or next(iter(self._units), None)
        if self._units and unit is not None:
            names.append(_UNIT_NAMES.get(unit, f"{unit} since 1970"))
        return ", ".join(names) or None

    def read(self, value: object) -> object:
        if isinstance(value, datetime):
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        if isinstance(value, date):
            return datetime(value.year, value.month, value.day, tzinfo=UTC)
        if isinstance(value, str) and is_missing(value.strip()):
            return None
        number = _number(value)
        if number is not None and (self._unit_option or not self._is_compact(value)):
            unit = self._unit_option or unit_of(number)
            return (moment_of(number, unit) if unit else None) or value
        written = self._meanings(value)
        if written is None:
            return value
        return written.certain or written.orders.get(self._order or "", value)

    @property
    def _order(self) -> str | None:
        if self._order_option is not None:
            return self._order_option
        return next(iter(self._remaining_orders()), None)

    def _remaining_orders(self) -> list[str]:
        return [order for order in ORDERS if order in self._seen and order not in self._impossible]

    def _see_orders(self, text: str, written: WrittenDate) -> None:
        orders: Mapping[str, datetime] = written.orders
        self._seen.update(orders)
        for order in ORDERS:
            if order not in orders:
                self._impossible.setdefault(order, text)
        if len(orders) > 1:
            for first in orders:
                for second in orders:
                    if orders[first] != orders[second]:
                        self._apart.setdefault(frozenset((first, second)), text)

    def _meanings(self, value: object) -> WrittenDate | None:
        is_text = isinstance(value, str) and len(value) <= LONGEST
        return written_date(value, self._this_year) if is_text else None

    def _is_compact(self, value: object) -> bool:
        """Whether eight digits are a date such as 20241203."""
        written = self._meanings(str(value)) if isinstance(value, str | int) else None
        return written is not None and written.certain is not None

    def _ambiguous(self, text: str, orders: list[str]) -> str:
        written = self._meanings(text)
        meanings = " and ".join(
            f"{written.orders[order]:%-d %B %Y} with --dates {order}"
            for order in orders
            if written is not None and order in written.orders
        )
        return (
            f"{self._name}: `{text.strip()}` is {meanings}, and no date of the column tells which."
            " Give the one that is meant."
        )


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | Decimal):
        number = float(value) if isinstance(value, Decimal) else value
        return number if number == number else None  # noqa: PLR0124 - NaN
    return number_in(value.strip()) if isinstance(value, str) else None
