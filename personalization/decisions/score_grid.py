"""The ingredients of all actions and categories of a decision as one matrix.

It has a column for each action, then one for each category. Its rows are the pieces of evidence,
then priors and adjustments of actions, then those of categories. What a column has nothing of is
absent, which is not the same as 0.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from itertools import count as count_up
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from personalization.domain.action_table import Floats, Sparse
from personalization.domain.decision import Ingredients

Present = NDArray[np.bool_]
Sizes = tuple[int, int, int]
"""Of evidence, priors and adjustments."""


_MOST_CELLS = 1 << 22
"""A few bytes can name thousands of rows and of columns."""


class GridShape(msgspec.Struct, frozen=True):
    actions: int
    categories: int
    evidence: int
    """The number of its rows, which are the first; below are the ends of the other kinds."""
    priors: int
    adjusted: int
    category_priors: int
    width: int

    @classmethod
    def of(cls, actions: int, categories: int, sizes: Sizes, other_sizes: Sizes) -> Self:
        """Take the numbers of evidence, priors and adjustments of actions, then of categories.

        Raises `ValueError` for a grid of millions of cells.
        """
        evidence, priors, adjustments = sizes
        adjusted = evidence + priors + adjustments
        _, others, other_adjustments = other_sizes
        ends = evidence, evidence + priors, adjusted, adjusted + others
        width = adjusted + others + other_adjustments
        if width * (actions + categories) > _MOST_CELLS:
            raise ValueError("The grid is far too large.")
        return cls(actions, categories, *ends, width)

    @property
    def category_rows(self) -> list[int]:
        """Return where numbers of categories may be."""
        return [*range(self.evidence), *range(self.adjusted, self.width)]


class GridCells(msgspec.Struct, array_like=True, frozen=True):
    """Where a grid has numbers."""

    actions: bytes
    """A bit for each cell, row after row."""
    categories: bytes
    """The same, each different row once."""
    repeated: bytes
    """The number of each row of categories among the different ones."""


class GridBlock(msgspec.Struct, frozen=True):
    """The rows of relevances, strengths and adjustments of some actions or categories."""

    numbers: Floats
    present: Present

    @classmethod
    def of(cls, made_of: Sequence[Ingredients], sizes: Sizes) -> Self:
        """Raise `ValueError` where indexes are too large or out of order."""
        width, cells, values = sum(sizes), list[int](), list[float]()
        for place, ingredients in enumerate(made_of):
            first = place * width
            for pairs, size in zip(ingredients[2:], sizes, strict=True):
                last = -1
                for index, number in pairs:
                    if not last < index < size:
                        raise ValueError("Indexes are out of order.")
                    cells += (first + index,)
                    values += (number,)
                    last = index
                first += size
        numbers = np.zeros(len(made_of) * width)
        present = numbers != 0
        numbers[cells], present[cells] = values, True
        form = len(made_of), width
        return cls(numbers.reshape(form).T, present.reshape(form).T)


class ScoreGrid(msgspec.Struct, frozen=True):
    numbers: Floats
    """0 where absent."""
    present: Present
    shape: GridShape

    @classmethod
    def of(cls, actions: GridBlock, categories: GridBlock, shape: GridShape) -> Self:
        count, evidence, adjusted = shape.actions, shape.evidence, shape.adjusted
        numbers = np.zeros((shape.width, count + shape.categories))
        present = numbers != 0
        for whole, of_actions, of_categories in (
            (numbers, actions.numbers, categories.numbers),
            (present, actions.present, categories.present),
        ):
            whole[:adjusted, :count] = of_actions
            whole[:evidence, count:] = of_categories[:evidence]
            whole[adjusted:, count:] = of_categories[evidence:]
        return cls(numbers, present, shape)

    def parts(self) -> tuple[GridCells, list[Floats]]:
        """Return where numbers are, and the numbers, in columns of which some are empty.

        Relevances are one column, strengths of each prior another, then come adjustments and all
        of categories, where evidence of one category says the same.
        """
        shape, count, adjusted = self.shape, self.shape.actions, self.shape.adjusted
        present = self.present[:adjusted, :count]
        values = self.numbers[:adjusted, :count][present]
        filled = np.add.reduce(present, axis=1).tolist()
        evidence, priors = filled[: shape.evidence], filled[shape.evidence : shape.priors]
        spans = [sum(evidence), *priors, sum(filled[shape.priors :])]
        columns = [values[at:to] for at, to in pairwise(accumulate(spans, initial=0))]
        rows = shape.category_rows
        numbers, kept = self.numbers[rows, count:], self.present[rows, count:]
        keys = list(zip(map(bytes, numbers), map(bytes, kept), strict=True))
        first = dict(zip(reversed(keys), range(kept.shape[0] - 1, -1, -1), strict=True))
        numbered = dict(zip(first, count_up(), strict=False))
        repeated, chosen = bytes(map(numbered.__getitem__, keys)), list(first.values())
        kept = kept[chosen]
        columns += [numbers[chosen][kept]]
        bits = np.packbits(present).tobytes(), np.packbits(kept).tobytes()
        return GridCells(*bits, repeated), columns

    @classmethod
    def read(cls, cells: GridCells, shape: GridShape, read: Callable[[int], Floats]) -> Self:
        """Take what reads the next column of so many numbers."""
        count, evidence, priors = shape.actions, shape.evidence, shape.priors
        adjusted, rows = shape.adjusted, shape.category_rows
        numbers = np.zeros((shape.width, count + shape.categories))
        present = numbers != 0
        filled = _unpack(cells.actions, adjusted, count)
        present[:adjusted, :count] = filled
        for at, to in [(0, evidence), *pairwise(range(evidence, priors + 1)), (priors, adjusted)]:
            block = filled[at:to]
            numbers[at:to, :count][block] = read(int(block.sum()))
        kept = _unpack(cells.categories, max(cells.repeated, default=-1) + 1, shape.categories)
        found = np.zeros(kept.shape)
        found[kept] = read(int(kept.sum()))
        repeated = list(cells.repeated)
        numbers[rows, count:], present[rows, count:] = found[repeated], kept[repeated]
        return cls(numbers, present, shape)

    def strengths(self, columns: Sequence[int]) -> list[Sparse]:
        """Return those of some actions."""
        rows = slice(self.shape.evidence, self.shape.priors)
        return _pairs(self.numbers[rows, columns].T, self.present[rows, columns].T)

    def sparse(self, *, of_actions: bool) -> list[list[Sparse]]:
        """Return relevances, strengths and adjustments of the actions, or of the categories."""
        shape = self.shape
        columns, first, second = slice(shape.actions), shape.evidence, shape.priors
        spans = [(0, first), (first, second), (second, shape.adjusted)]
        if not of_actions:
            columns, second = slice(shape.actions, None), shape.category_priors
            spans = [(0, first), (shape.adjusted, second), (second, shape.width)]
        return [
            _pairs(self.numbers[at:to, columns].T, self.present[at:to, columns].T)
            for at, to in spans
        ]


def _unpack(bits: bytes, rows: int, columns: int) -> Present:
    """Raise `ValueError` where bits are missing."""
    if len(bits) * 8 < rows * columns:
        raise ValueError("Cells are cut short.")
    found = np.unpackbits(np.frombuffer(bits, np.uint8), count=rows * columns)
    return found.reshape(rows, columns).astype(np.bool_)


def _pairs(numbers: Floats, present: Present) -> list[Sparse]:
    indexes = present.nonzero()[1].tolist()
    flat = list(zip(indexes, numbers[present].tolist(), strict=True))
    counts = present.sum(axis=1).tolist()
    return [tuple(flat[start:end]) for start, end in pairwise(accumulate(counts, initial=0))]
