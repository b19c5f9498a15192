"""What filters ask of all products, a row each, in some ninety bytes."""

import math
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Final
from zlib import crc32

import numpy as np

from personalization.catalogue.columns.coded_column import CodedColumn, NamedSetsColumn
from personalization.catalogue.columns.columns_view import ColumnsView
from personalization.catalogue.columns.growing_array import Array, GrowingArray
from personalization.catalogue.columns.id_index import IdIndex, keys_of
from personalization.catalogue.filters.fields import (
    FIELDS,
    READERS,
    FieldKind,
    Values,
    attribute_values,
)
from personalization.domain.product import Product
from personalization.domain.product_changes import WholeProduct

NUMBERS: Final = tuple(
    name for name, kind in FIELDS.items() if kind is FieldKind.NUMBER and name != "age_days"
)
TEXTS: Final = tuple(
    name for name, kind in FIELDS.items() if kind not in {FieldKind.NUMBER, FieldKind.YES_NO}
)
_LIMITS: Final = ("hidden_since", "shown_from", "markets")
_ALL_NUMBERS: Final = (*NUMBERS, "listed_on")
_CODED: Final = (*TEXTS, *_LIMITS)
_MOST_UNORDERED: Final = 16_384
"""Rows that are put into their order when asked for: a few milliseconds."""
_MISSING: Final = math.nan
_STORES: Final = count()

_Row = tuple[float | int | tuple[int, ...], ...]


def name_word(name: str) -> int:
    """Return by what the name of an attribute is kept; never 0, which stands for no name."""
    return hash(name) or 1


class ProductColumns:
    """One thread may write; whoever holds a view reads on what it shows."""

    def __init__(self) -> None:
        self._store = next(_STORES)
        self._version = 0
        self._numbers = {name: GrowingArray(np.float32) for name in _ALL_NUMBERS}
        self._coded = {name: CodedColumn() for name in _CODED}
        self._attributes = NamedSetsColumn()
        self._digests = GrowingArray(np.uint32)
        self._tie_words = GrowingArray(np.uint32)
        self._id_bytes = GrowingArray(np.uint8)
        self._id_starts = GrowingArray(np.uint32)
        self._id_starts.append(np.zeros(1, np.uint32))
        self._index = IdIndex()
        self._alive = np.ones(0, bool)
        self._by_popularity: Array = np.empty(0, np.uint32)
        self.dead = 0
        """Rows of products that have another row since."""

    @property
    def count(self) -> int:
        return self._digests.count

    def write(self, products: Sequence[WholeProduct]) -> bool:
        """Take over products; return whether any has become another one."""
        last = {whole.product.product_id: whole for whole in products}
        keys = keys_of(list(last))
        rows = [self._row(whole) for whole in last.values()]
        digests = np.array([hash(row) & 0xFFFFFFFF for row in rows], np.uint32)
        before = self._index.rows_of(keys)
        is_new = before < 0
        if self.count:
            is_new |= self._digests.view()[before] != digests
        if not is_new.any():
            return False
        new = np.flatnonzero(is_new)
        names = list(last)
        self._append([rows[place] for place in new], [names[place] for place in new])
        first = self.count
        self._digests.append(digests[new])
        self._index = self._index.with_rows(
            keys[new], np.arange(first, self.count).astype(np.uint32)
        )
        replaced = before[is_new & (before >= 0)]
        alive = np.ones(self.count, bool)
        alive[:first] = self._alive
        alive[replaced] = False
        self._alive = alive
        self.dead += len(replaced)
        self._version += 1
        return True

    def view(self) -> ColumnsView:
        """Return what there is now; in the order of popularity it is found faster."""
        view = self._view()
        unordered = view.count - len(self._by_popularity)
        if unordered > max(_MOST_UNORDERED, view.count // 16):
            rows = np.arange(view.count, dtype=np.uint32)
            self._by_popularity = view.popularity_order(rows)
            view = self._view()
        return view

    @property
    def nbytes(self) -> int:
        """About how much memory it takes."""
        arrays = (self._digests, self._tie_words, self._id_bytes, self._id_starts)
        return (
            sum(array.nbytes for array in (*arrays, *self._numbers.values()))
            + sum(column.nbytes for column in self._coded.values())
            + self._attributes.nbytes
            + self._index.nbytes
            + self._alive.nbytes
            + self._by_popularity.nbytes
        )

    def _view(self) -> ColumnsView:
        limits = [self._coded[name].sets.numbers() for name in ("hidden_since", "shown_from")]
        return ColumnsView(
            store=self._store,
            version=self._version,
            count=self.count,
            numbers={name: column.view() for name, column in self._numbers.items()},
            coded={name: column.view() for name, column in self._coded.items()},
            attributes=self._attributes.view(),
            alive=self._alive,
            index=self._index,
            id_starts=self._id_starts.view(),
            id_bytes=self._id_bytes.view(),
            tie_words=self._tie_words.view(),
            by_popularity=self._by_popularity,
            moments=np.union1d(*limits),
        )

    def _row(self, whole: WholeProduct) -> _Row:
        """Return numbers, codes and the codes of attributes, in the order of the columns."""
        product, details = whole.product, whole.details
        coded = self._coded
        listed_on = product.listed_on
        numbers = [_number(READERS[name](product, details)) for name in NUMBERS]
        codes = [coded[name].sets.code_of(READERS[name](product, details)) for name in TEXTS]
        limits = [coded[name].sets.code_of(values) for name, values in _limits(product)]
        return (
            *numbers,
            _MISSING if listed_on is None else float(listed_on.toordinal()),
            *codes,
            *limits,
            tuple(self._attribute_codes(whole)),
        )

    def _attribute_codes(self, whole: WholeProduct) -> Iterator[int]:
        for name, value in whole.details.attributes:
            code = self._attributes.sets.code_of(attribute_values(value), name_word(name))
            if code:
                yield code

    def _append(self, rows: Sequence[_Row], names: Sequence[str]) -> None:
        columns = list(zip(*rows, strict=True))
        for name, values in zip(_ALL_NUMBERS, columns, strict=False):
            self._numbers[name].append(np.array(values, np.float32))
        for name, values in zip(_CODED, columns[len(_ALL_NUMBERS) :], strict=False):
            self._coded[name].append(values)
        self._attributes.append(columns[-1])
        ids = [name.encode() for name in names]
        ends = self._id_bytes.count + np.array([len(name) for name in ids]).cumsum()
        self._id_bytes.append(np.frombuffer(b"".join(ids), np.uint8))
        self._id_starts.append(ends.astype(np.uint32))
        self._tie_words.append(np.array([crc32(name) for name in ids], np.uint32))


def _number(values: Values) -> float:
    return float(values[0]) if values else _MISSING


def _limits(product: Product) -> Iterator[tuple[str, Values]]:
    """Yield since and from when it is hidden and shown (epoch seconds), and where it is sold."""
    ends = [moment for moment in (product.retired_at, product.available_until) if moment]
    since: Values = (min(ends).timestamp(),) if ends else ()
    if product.group_id is not None or not product.is_on_sale:
        since = (-math.inf,)
    yield "hidden_since", since
    opens = product.available_from
    yield "shown_from", () if opens is None else (opens.timestamp(),)
    yield "markets", product.markets
