"""Past sessions as arrays of whole numbers, so that baselines over them are array operations."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int32]
Offsets = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of differing length behind each other: row i is `values[starts[i]:starts[i + 1]]`."""

    starts: Offsets
    values: Codes

    def row(self, number: int) -> Codes:
        return self.values[self.starts[number] : self.starts[number + 1]]

    def chain_rows(self, numbers: NDArray[np.integer]) -> tuple[Codes, NDArray[np.int64]]:
        """Return the values of these rows behind each other, and how long each row is."""
        begins = self.starts[numbers]
        lengths = self.starts[numbers + 1] - begins
        ends = np.cumsum(lengths)
        shift = np.repeat(begins - ends + lengths, lengths)
        return self.values[shift + np.arange(len(shift))], lengths


@dataclass(frozen=True)
class CodedSessions:
    """Sessions in their given order, products by number: 0 is the most viewed.

    Of products viewed equally often the one seen first comes first, so that ordering by number
    breaks every tie as popularity does.
    """

    names: Sequence[str]
    codes: dict[str, int]
    views: Rows
    """Session -> its viewed products in order, repetitions included."""

    @classmethod
    def of(cls, sessions: Iterable[Sequence[str]]) -> "CodedSessions":
        kept = [products for products in sessions if products]
        counts: Counter[str] = Counter()
        for products in kept:
            counts.update(products)
        names = [name for name, _ in sorted(counts.items(), key=lambda item: -item[1])]
        codes = {name: code for code, name in enumerate(names)}
        values = np.fromiter(
            (codes[product] for products in kept for product in products), np.int32, counts.total()
        )
        lengths = np.fromiter(map(len, kept), np.int64, len(kept))
        return cls(names, codes, Rows(_starts(lengths), values))

    def __len__(self) -> int:
        return len(self.views.starts) - 1

    @cached_property
    def distinct(self) -> Rows:
        """Session -> its products, each once, by number."""
        owners = self._owners
        pairs = np.unique(owners * len(self.names) + self.views.values)
        lengths = np.bincount(pairs // max(1, len(self.names)), minlength=len(self))
        products = (pairs % max(1, len(self.names))).astype(np.int32)
        return Rows(_starts(lengths), products)

    @cached_property
    def postings(self) -> Rows:
        """Product -> the sessions that have it, the oldest first."""
        distinct = self.distinct
        owners = np.repeat(np.arange(len(self), dtype=np.int32), np.diff(distinct.starts))
        order = np.argsort(distinct.values, kind="stable")
        lengths = np.bincount(distinct.values, minlength=len(self.names))
        return Rows(_starts(lengths), owners[order])

    @property
    def _owners(self) -> NDArray[np.int64]:
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.views.starts))

    def pairs_apart(self, distance: int) -> NDArray[np.int64]:
        """Return first x products + second, of every two views of a session so far apart."""
        values, owners = self.views.values.astype(np.int64), self._owners
        inside = owners[distance:] == owners[:-distance]
        pairs: NDArray[np.int64] = values[:-distance] * len(self.names) + values[distance:]
        kept: NDArray[np.int64] = pairs[inside]
        return kept

    def names_of(self, ranking: NDArray[np.integer]) -> list[str]:
        names = self.names
        return [names[code] for code in ranking.tolist()]

    def fill(self, ranking: NDArray[np.integer], size: int) -> NDArray[np.integer]:
        """Return so many of the ranking, the most viewed of the others behind it."""
        lacking = size - len(ranking)
        if lacking <= 0:
            return ranking[:size]
        popular = np.arange(min(size, len(self.names)))
        others = popular[~np.isin(popular, ranking)]
        return np.concatenate((ranking, others[:lacking]))


def _starts(lengths: NDArray[np.integer]) -> Offsets:
    starts = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts
