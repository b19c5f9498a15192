"""What is kept of a generation so that later ones can be compared with it, in bounded memory.

Of each table the lists whose keys have the smallest hashes are kept, their first ten members: the
same keys are drawn from any two generations, whatever else they hold (a bottom-k sketch, Cohen and
Kaplan 2007, Summarizing data using bottom-k sketches). Of popularity the largest shares are kept.
It is gathered while the lists are checked, so that nothing is read twice.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from nightly.generations.generation_tables import ListBatch
from personalization.domain.prior import OF_USERS, PriorName, PriorTable
from personalization.priors import warehouse as names

LISTS_KEPT = 10_000
"""Of a table: a share among so many is known to half of a percent."""
MEMBERS_KEPT = 10
SHARES_KEPT = 20_000
"""Products by popularity; all others are one sum."""
EVERY_HASH = 2**64 - 1
_MIXER = np.uint64(0x9E3779B97F4A7C15)

Hashes = npt.NDArray[np.uint64]
Members = dict[str, float]
"""Member -> strength, strongest first."""


@dataclass(frozen=True, slots=True)
class TableSketch:
    table: PriorTable
    lists: int
    """Of the table, not only those kept."""
    bound: int
    """Every key whose hash is at most that is here."""
    first: dict[str, Members]
    """Key -> its first members."""


@dataclass(frozen=True, slots=True)
class ShareSketch:
    largest: Members
    """Product -> its share of popularity, largest first."""
    products: int
    """How many have a share."""
    total: float
    """Of all of them."""

    @property
    def is_whole(self) -> bool:
        return self.products == len(self.largest)

    @property
    def floor(self) -> float:
        """Return what a product that is not here has at most."""
        return 0.0 if self.is_whole else next(reversed(self.largest.values()))


@dataclass(frozen=True, slots=True)
class GenerationSketch:
    tables: dict[PriorTable, TableSketch]
    shares: ShareSketch


def hashes_of(keys: Iterable[str], count: int) -> Hashes:
    """Return hashes that are the same in every process; the last steps spread what CRC leaves."""
    found = np.fromiter((crc32(key.encode()) for key in keys), np.uint64, count)
    with np.errstate(over="ignore"):
        mixed = (found + np.uint64(1)) * _MIXER
        return (mixed ^ (mixed >> np.uint64(29))) * _MIXER


@dataclass(slots=True)
class TableSketcher:
    """Looks at the batches of a table while somebody else reads them."""

    table: PriorTable
    kept: int = LISTS_KEPT
    lists: int = 0
    _bound: int = EVERY_HASH
    _first: dict[str, tuple[int, Members]] = field(default_factory=dict)

    def watch(self, batches: Iterator[ListBatch]) -> Iterator[ListBatch]:
        """Yield the same batches."""
        for batch in batches:
            self._add(batch)
            yield batch

    def sketch(self) -> TableSketch:
        self._drop_largest()
        first = {key: members for key, (_, members) in self._first.items()}
        return TableSketch(self.table, self.lists, self._bound, first)

    def _add(self, batch: ListBatch) -> None:
        hashes = hashes_of((key or "" for key in batch.keys.to_pylist()), len(batch.keys))
        self.lists += len(batch.keys)
        for number in self._smallest(hashes).tolist():
            start, end = batch.starts[number : number + 2].tolist()
            rows = batch.rows.slice(start, min(end - start, MEMBERS_KEPT))
            members = rows.column(names.MEMBER_ID).to_pylist()
            strengths = rows.column(names.STRENGTH).to_pylist()
            key = str(batch.keys[number])
            self._first[key] = int(hashes[number]), dict(zip(members, strengths, strict=True))
        if len(self._first) >= 2 * self.kept:
            self._drop_largest()

    def _smallest(self, hashes: Hashes) -> npt.NDArray[np.int64]:
        """Return which keys of a batch may be kept; no more than are kept of all."""
        numbers = np.flatnonzero(hashes <= np.uint64(self._bound))
        if len(numbers) <= self.kept:
            return numbers
        smallest = np.argpartition(hashes[numbers], self.kept - 1)[: self.kept]
        numbers = numbers[smallest]
        self._bound = int(hashes[numbers].max())
        return numbers

    def _drop_largest(self) -> None:
        if len(self._first) <= self.kept:
            return
        smallest = sorted(self._first.items(), key=lambda item: item[1][0])[: self.kept]
        self._first = dict(smallest)
        self._bound = smallest[-1][1][0]


@dataclass(slots=True)
class ShareSketcher:
    """Takes the popularity of products from the batches of their priors."""

    kept: int = SHARES_KEPT
    products: int = 0
    total: float = 0.0
    _shares: Members = field(default_factory=dict)

    def watch(self, batches: Iterator[ListBatch]) -> Iterator[ListBatch]:
        """Yield the same batches."""
        for batch in batches:
            self._add(batch)
            yield batch

    def sketch(self) -> ShareSketch:
        return ShareSketch(self._largest(), self.products, self.total)

    def _largest(self) -> Members:
        """Return them, largest first."""
        ranked = sorted(self._shares.items(), key=lambda item: (-item[1], item[0]))
        return dict(ranked[: self.kept])

    def _add(self, batch: ListBatch) -> None:
        is_share = pc.equal(batch.column(names.MEMBER_ID), PriorName.POPULARITY.value)
        rows = batch.rows.select([names.KEY, names.STRENGTH]).filter(is_share)
        self.products += rows.num_rows
        strengths = rows.column(names.STRENGTH).to_numpy()
        self.total += float(strengths.sum())
        if len(strengths) > self.kept:
            largest = np.argpartition(-strengths, self.kept)[: self.kept]
            rows = rows.take(pa.array(largest))
        found = zip(rows.column(names.KEY).to_pylist(), rows.column(1).to_pylist(), strict=True)
        self._shares.update(found)
        if len(self._shares) > 2 * self.kept:
            self._shares = self._largest()


@dataclass(slots=True)
class GenerationSketcher:
    """Gathers the sketch of a generation while its tables are read, each by its `watch`."""

    _tables: dict[PriorTable, TableSketcher] = field(default_factory=dict)
    _shares: ShareSketcher = field(default_factory=ShareSketcher)

    def watch(self, table: PriorTable, batches: Iterator[ListBatch]) -> Iterator[ListBatch]:
        """Yield the same batches; lists of people are looked at and kept by nobody."""
        if table in OF_USERS:
            return batches
        sketcher = self._tables[table] = TableSketcher(table)
        if table is PriorTable.PRODUCT_PRIORS:
            batches = self._shares.watch(batches)
        return sketcher.watch(batches)

    def sketch(self) -> GenerationSketch:
        tables = {table: sketcher.sketch() for table, sketcher in self._tables.items()}
        return GenerationSketch(tables, self._shares.sketch())
