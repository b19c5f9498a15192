"""The numbers of a record: columns of whole numbers and floats, and what differs from expected.

Writing and reading go through the same steps in the same order. Where a number is expected to
follow from others, the ledger notes the difference of the two patterns of bits, or adds the noted
one. So nothing is lost, whatever made the numbers, and what follows costs next to nothing.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Protocol, TypeVar

import msgspec
import numpy as np

from personalization.codec.bit_columns import (
    ColumnHeads,
    Int64,
    Integers,
    pack_columns,
    unpack_columns,
)
from personalization.codec.kept_ids import UUID_BYTES, uuid_bytes, uuid_texts
from personalization.domain.action_table import Floats


class KeptNumbers(msgspec.Struct, array_like=True, frozen=True):
    columns: ColumnHeads
    """Floats, whole numbers, and differences of columns."""
    integers: int
    """How many columns of whole numbers there are."""
    few: tuple[Int64, ...]
    """Differences of single numbers."""
    uuids: int


KeptIds = int | tuple[str, ...]
"""Texts, or the number of UUIDs."""


class RecordLedger(Protocol):
    def follow(self, expected: Floats, known: Floats | None) -> Floats:
        """Return the true numbers of a column; they are known to the writer only."""

    def few(self, expected: Sequence[float], known: Sequence[float] | None) -> Sequence[float]:
        """Do the same for a few numbers, any of which may be far from what was expected."""


class LedgerWriter:
    """Collects what `close` writes in one pass: each step of numpy has a price."""

    def __init__(self) -> None:
        self._uuids = b""
        self.integers: list[Integers] = []
        self.floats: list[Floats] = []
        self._expected: list[Floats] = []
        self._known: list[Floats] = []
        self._few_expected: list[float] = []
        self._few_known: list[float] = []

    def follow(self, expected: Floats, known: Floats | None) -> Floats:
        true = expected if known is None else known
        self._expected += [expected]
        self._known += [true]
        return true

    def few(self, expected: Sequence[float], known: Sequence[float] | None) -> Sequence[float]:
        true = expected if known is None else known
        self._few_expected += expected
        self._few_known += true
        return true

    def ids(self, ids: Sequence[str]) -> KeptIds:
        uuids = uuid_bytes(ids)
        if uuids is None:
            return tuple(ids)
        self._uuids += uuids
        return len(ids)

    def close(self) -> tuple[KeptNumbers, bytes]:
        """Return the numbers' heads, and the bytes that nothing compresses."""
        known = np.concatenate((*self._known, self._few_known))
        expected = np.concatenate((*self._expected, self._few_expected))
        apart = known.view(np.int64) - _patterns(expected)
        columns, at = [column for column in self.integers if column.size], 0
        integers = len(columns)
        for column in self._known:
            if column.size:
                columns += [apart[at : at + column.size]]
            at += column.size
        floats = [column for column in self.floats if column.size]
        heads, bits = pack_columns(floats, columns)
        few = tuple(apart[at:].tolist())
        uuids = len(self._uuids) // UUID_BYTES
        return KeptNumbers(heads, integers, few, uuids), self._uuids + bits


class LedgerReader:
    """Reads what `LedgerWriter` has written, ids first; raises `ValueError` for anything else."""

    def __init__(self, kept: KeptNumbers, incompressible: bytes) -> None:
        bits_at = kept.uuids * UUID_BYTES
        self._uuids = iter(uuid_texts(incompressible[:bits_at]))
        floats, integers = unpack_columns(kept.columns, incompressible[bits_at:])
        self._floats = iter(floats)
        self._integers = iter(integers[: kept.integers])
        self._differences = iter(integers[kept.integers :])
        self._few = iter(kept.few)

    def ids(self, ids: KeptIds) -> tuple[str, ...]:
        if isinstance(ids, tuple):
            return ids
        return tuple(islice(self._uuids, ids))

    def integers(self, count: int) -> Integers:
        return _take(self._integers, count) if count else np.zeros(0, np.int64)

    def floats(self, count: int) -> Floats:
        return _take(self._floats, count) if count else np.zeros(0)

    def follow(self, expected: Floats, known: Floats | None = None) -> Floats:
        del known
        if not expected.size:
            return expected
        return (_patterns(expected) + _take(self._differences, expected.size)).view(np.float64)

    def few(self, expected: Sequence[float], known: Sequence[float] | None = None) -> list[float]:
        del known
        differences = np.array(list(islice(self._few, len(expected))), np.int64)
        patterns = _patterns(np.array(expected, np.float64))
        return list((patterns + differences).view(np.float64).tolist())


_Column = TypeVar("_Column", Integers, Floats)


def _take(columns: Iterator[_Column], count: int) -> _Column:
    column = next(columns, None)
    if column is None or column.size != count:
        raise ValueError("A column has another length.")
    return column


def _patterns(expected: Floats) -> Integers:
    """Not a number has many patterns, and machines differ in which one they give."""
    return np.where(np.isnan(expected), 0.0, expected).view(np.int64)
