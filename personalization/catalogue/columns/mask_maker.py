"""Which rows a filter holds for."""

from dataclasses import replace
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from personalization.catalogue.columns.bounded_cache import BoundedCache
from personalization.catalogue.columns.categories_below import CategoriesBelow
from personalization.catalogue.columns.coded_column import Rows, row_count
from personalization.catalogue.columns.columns_view import ColumnsView
from personalization.catalogue.columns.product_columns import name_word
from personalization.catalogue.columns.value_sets import Hits, ValueSets
from personalization.catalogue.filters.fields import ATTRIBUTES, FieldKind, comparable, kind_of
from personalization.catalogue.filters.filter import (
    AllOf,
    AnyOf,
    Condition,
    FieldComparison,
    Filter,
    Not,
)
from personalization.domain.identifiers import CategoryId

KEPT_HITS: Final = 128
"""Conditions, each with a byte for each distinct value of its field."""

HitsCache = BoundedCache[tuple[int, Hits]]


class MaskMaker:
    def __init__(
        self, view: ColumnsView, tree: CategoriesBelow, today: date, kept: HitsCache
    ) -> None:
        self._view = view
        self._tree = tree
        self._today = today
        self._kept = kept

    def mask(self, wanted: Filter, rows: Rows) -> Hits:
        """Return for each of the rows whether the filter holds."""
        if isinstance(wanted, Condition):
            return self._condition(wanted, rows)
        if isinstance(wanted, Not):
            return ~self.mask(wanted.part, rows)
        join = np.logical_or if isinstance(wanted, AnyOf) else np.logical_and
        found = np.full(row_count(rows), isinstance(wanted, AllOf))
        for part in wanted.parts:
            join(found, self.mask(part, rows), out=found)
        return found

    def _condition(self, condition: Condition, rows: Rows) -> Hits:
        field, comparison = condition.field, condition.comparison
        if comparison is FieldComparison.EXISTS:
            found = self._having_any(condition, rows)
            return found if condition.values[0] else ~found
        kind = kind_of(field)
        if kind is FieldKind.YES_NO:
            return np.isin(self._on_sale(rows), condition.values)
        asked = tuple(comparable(field, value) for value in condition.values)
        if kind is FieldKind.NUMBER:
            return _number_mask(self._numbers(field, rows), comparison, asked)
        return self._sets_mask(Condition(field, comparison, asked), rows)

    def _having_any(self, condition: Condition, rows: Rows) -> Hits:
        kind = kind_of(condition.field)
        if kind is FieldKind.NUMBER:
            return ~np.isnan(self._numbers(condition.field, rows))
        if kind is FieldKind.YES_NO:
            return np.ones(row_count(rows), bool)
        return self._sets_mask(Condition(condition.field, FieldComparison.EXISTS, (True,)), rows)

    def number_text(self, field: str, row: int) -> str | None:
        """Return what a row has in a field of numbers, or of yes and no, as text."""
        rows = slice(row, row + 1)
        if kind_of(field) is FieldKind.YES_NO:
            return str(bool(self._on_sale(rows)[0]))
        number = float(self._numbers(field, rows)[0])
        return None if np.isnan(number) else str(number)

    def _numbers(self, field: str, rows: Rows) -> NDArray[np.float32]:
        numbers = self._view.numbers
        if field == "age_days":
            return np.float32(self._today.toordinal()) - numbers["listed_on"][rows]
        return numbers[field][rows]

    def _on_sale(self, rows: Rows) -> Hits:
        numbers = self._view.numbers
        return np.less(numbers["price"][rows], numbers["list_price"][rows])

    def _sets_mask(self, condition: Condition, rows: Rows) -> Hits:
        field = condition.field
        if field.startswith(ATTRIBUTES):
            attributes = self._view.attributes
            name = name_word(field.removeprefix(ATTRIBUTES))
            return attributes.mask(self._hits(condition, attributes.sets, name), rows)
        column = self._view.coded[field]
        return column.mask(self._hits(condition, column.sets, 0), rows)

    def _hits(self, condition: Condition, sets: ValueSets, name: int) -> Hits:
        values = condition.values
        # A yes equals the number one.
        key = (self._view.store, self._tree, condition, tuple(map(type, values)))
        known = self._kept.get(key)
        size = len(sets)
        if known is None or known[0] < size:
            known = size, sets.hits(self._with_below(condition), name)
            self._kept.put(key, known)
        return known[1]

    def _with_below(self, condition: Condition) -> Condition:
        if kind_of(condition.field) is not FieldKind.CATEGORY:
            return condition
        below = (self._tree.below(CategoryId(str(value))) for value in condition.values)
        return replace(condition, values=tuple(frozenset[str]().union(*below)))


def _number_mask(
    numbers: NDArray[np.float32], comparison: FieldComparison, asked: tuple[object, ...]
) -> Hits:
    bounds = np.array(asked, np.float32)
    if comparison is FieldComparison.IS:
        return np.isin(numbers, bounds)
    compare = np.greater_equal if comparison is FieldComparison.AT_LEAST else np.less_equal
    found: Hits = compare(numbers, bounds[0])
    return found
