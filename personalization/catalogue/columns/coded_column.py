"""Columns of product rows that hold numbers of sets of values."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from personalization.catalogue.columns.growing_array import Array, GrowingArray
from personalization.catalogue.columns.value_sets import Hits, ValueSets

Rows = slice | NDArray[np.intp]
"""A stretch of rows, or some rows by their numbers."""


def row_count(rows: Rows) -> int:
    return rows.stop - rows.start if isinstance(rows, slice) else len(rows)


@dataclass(frozen=True, slots=True)
class CodesView:
    """One set for each row."""

    codes: Array
    sets: ValueSets

    def mask(self, hits: Hits, rows: Rows) -> Hits:
        return hits[self.codes[rows]]


@dataclass(frozen=True, slots=True)
class NamedSetsView:
    """Any number of sets for each row, each under a name."""

    starts: Array
    """(rows + 1)."""
    codes: Array
    sets: ValueSets

    def mask(self, hits: Hits, rows: Rows) -> Hits:
        found = np.zeros(row_count(rows), bool)
        if isinstance(rows, slice):
            first, last = int(self.starts[rows.start]), int(self.starts[rows.stop])
            at = np.flatnonzero(hits[self.codes[first:last]]) + first
            found[np.searchsorted(self.starts[rows], at, side="right") - 1] = True
            return found
        starts = self.starts[rows].astype(np.intp)
        counts = self.starts[rows + 1].astype(np.intp) - starts
        before = counts.cumsum() - counts
        at = np.repeat(starts - before, counts) + np.arange(counts.sum())
        owners = np.repeat(np.arange(len(rows)), counts)
        found[owners[hits[self.codes[at]]]] = True
        return found

    def first_text(self, name: int, row: int) -> str | None:
        """Return the first value that a row has under a name, as text."""
        for code in self.codes[int(self.starts[row]) : int(self.starts[row + 1])].tolist():
            if self.sets.name_of(code) == name:
                return self.sets.first_text(code)
        return None


class CodedColumn:
    def __init__(self) -> None:
        self.sets = ValueSets()
        self._codes = GrowingArray(np.uint8)

    def append(self, codes: Sequence[int]) -> None:
        self.sets.flush()
        self._codes.append(np.array(codes, np.min_scalar_type(len(self.sets))))

    def view(self) -> CodesView:
        return CodesView(self._codes.view(), self.sets)

    @property
    def nbytes(self) -> int:
        return self._codes.nbytes + self.sets.nbytes


class NamedSetsColumn:
    def __init__(self) -> None:
        self.sets = ValueSets()
        self._starts = GrowingArray(np.uint32)
        self._starts.append(np.zeros(1, np.uint32))
        self._codes = GrowingArray(np.uint8)

    def append(self, codes: Sequence[Sequence[int]]) -> None:
        """Append the codes of each row."""
        self.sets.flush()
        start = self._codes.count
        flat = [code for row in codes for code in row]
        self._codes.append(np.array(flat, np.min_scalar_type(len(self.sets))))
        lengths = np.array([len(row) for row in codes])
        self._starts.append((start + lengths.cumsum()).astype(np.uint32))

    def view(self) -> NamedSetsView:
        return NamedSetsView(self._starts.view(), self._codes.view(), self.sets)

    @property
    def nbytes(self) -> int:
        return self._codes.nbytes + self._starts.nbytes + self.sets.nbytes
