"""What must hold of every ranked list before a generation may be promoted.

Lists are checked many at a time, by columns: a generation of millions of rows takes seconds.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from nightly.generations.generation_tables import ListBatch, read_keys, read_lists, tables_in
from personalization.domain.prior import (
    GLOBAL_SCOPE,
    LAG_BUCKETS,
    PriorName,
    PriorTable,
    ScopeKind,
    popularity_within,
)
from personalization.domain.tastes import PRICE_MEAN, PRICE_SPREAD, PRODUCT_PRICE, TasteKind
from personalization.priors import warehouse as names

_SCOPES = tuple(kind.prefix for kind in ScopeKind)
_SCOPED_PRIORS = tuple(popularity_within(prefix) for prefix in _SCOPES)
_UNSCOPED_PRIORS = frozenset(PriorName) - {kind.popularity for kind in ScopeKind} | {PRODUCT_PRICE}
_TRAITS = (TasteKind.BRAND.prefix, TasteKind.SIZE.prefix)
_BUCKETS = frozenset(str(number) for number in range(1, len(LAG_BUCKETS) + 1))
_UNKNOWN_SHOWN = 3

Truths = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class GenerationIds:
    """Every id that a list may name."""

    products: frozenset[str]
    categories: frozenset[str]
    bundles: frozenset[str]

    @classmethod
    def read(cls, warehouse: Path, generation: Path) -> "GenerationIds":
        """Read the ids of the exported catalogue and of the generation's bundles."""
        bundles: list[str] = []
        if PriorTable.BUNDLE_PRODUCTS in tables_in(generation):
            for keys in read_keys(generation, PriorTable.BUNDLE_PRODUCTS):
                bundles += keys.to_pylist()
        return cls(
            _column(warehouse / names.PRODUCTS_FILE, names.PRODUCT_ID),
            _column(warehouse / names.CATEGORIES_FILE, names.CATEGORY_ID),
            frozenset(bundles),
        )

    def is_product(self, name: str) -> bool:
        return name in self.products

    def is_product_at_lag(self, name: str) -> bool:
        """Say whether the key is a product of the catalogue at a lag bucket."""
        product, _, bucket = name.rpartition("@")
        return product in self.products and bucket in _BUCKETS

    def is_category(self, name: str) -> bool:
        return name in self.categories

    def is_bundle(self, name: str) -> bool:
        return name in self.bundles

    def is_scope(self, name: str) -> bool:
        """Say whether the key is the global scope, a region's or a season's."""
        return name == GLOBAL_SCOPE or name.startswith(_SCOPES)

    def is_prior(self, name: str) -> bool:
        return name in _UNSCOPED_PRIORS or name.startswith((*_SCOPED_PRIORS, *_TRAITS))

    def is_user(self, name: str) -> bool:
        """Say whether it may be a user: the shop has their list, we have not."""
        return bool(name)

    def is_taste(self, name: str) -> bool:
        kind, _, liked = name.partition(":")
        if kind == TasteKind.PRODUCT:
            return liked in self.products
        if kind == TasteKind.CATEGORY:
            return liked in self.categories
        return name in {PRICE_MEAN, PRICE_SPREAD} or name.startswith(_TRAITS)


_Exists = Callable[[GenerationIds, str], bool]
KINDS: dict[PriorTable, tuple[_Exists, _Exists]] = {
    PriorTable.PRODUCT_AFFINITY: (GenerationIds.is_product, GenerationIds.is_product),
    PriorTable.LAG_AFFINITY: (GenerationIds.is_product_at_lag, GenerationIds.is_product),
    PriorTable.CATEGORY_AFFINITY: (GenerationIds.is_category, GenerationIds.is_category),
    PriorTable.CATEGORY_LEADERS: (GenerationIds.is_category, GenerationIds.is_product),
    PriorTable.POPULAR_PRODUCTS: (GenerationIds.is_scope, GenerationIds.is_product),
    PriorTable.POPULAR_CATEGORIES: (GenerationIds.is_scope, GenerationIds.is_category),
    PriorTable.RATED_PRODUCTS: (GenerationIds.is_scope, GenerationIds.is_product),
    PriorTable.RATED_CATEGORIES: (GenerationIds.is_scope, GenerationIds.is_category),
    PriorTable.TRENDING: (GenerationIds.is_scope, GenerationIds.is_product),
    PriorTable.NEW_ARRIVALS: (GenerationIds.is_scope, GenerationIds.is_product),
    PriorTable.BUNDLES: (GenerationIds.is_product, GenerationIds.is_bundle),
    PriorTable.BUNDLE_PRODUCTS: (GenerationIds.is_bundle, GenerationIds.is_product),
    PriorTable.PRODUCT_PRIORS: (GenerationIds.is_product, GenerationIds.is_prior),
    PriorTable.USER_TASTES: (GenerationIds.is_user, GenerationIds.is_taste),
}
"""What the keys and the members of each table are."""


@dataclass(slots=True)
class TableCheck:
    """One pass over a table: its faults, and how much there is of it."""

    table: PriorTable
    known: GenerationIds
    rows: int = 0
    keys: int = 0
    _hashes: list[npt.NDArray[np.int64]] = field(default_factory=list)
    """Of the keys so far, 8 bytes each."""

    def faults(self, generation: Path, batches: Iterator[ListBatch]) -> Iterator[str]:
        """Yield a sentence for everything that is wrong with the table of this folder."""
        for batch in batches:
            self.rows += batch.rows.num_rows
            self.keys += len(batch.keys)
            self._hashes.append(_hashes_of(batch.keys))
            yield from self._faults_of(batch)
        for key in self._keys_again(generation):
            yield f"{self.table.value} of {key}: the key comes twice"

    def _faults_of(self, batch: ListBatch) -> Iterator[str]:
        is_key, is_member = KINDS[self.table]
        unknown_keys = self._are_unknown(is_key, batch.keys)
        members, codes = _distinct(batch.column(names.MEMBER_ID))
        unknown = self._are_unknown(is_member, members)[codes]
        found = {
            "nobody knows the key": unknown_keys,
            _UNKNOWN_MEMBERS: _lists_with(batch, unknown),
            **faulty_lists(batch, codes),
        }
        faulty = np.logical_or.reduce(list(found.values()))
        for number in np.flatnonzero(faulty).tolist():
            place = f"{self.table.value} of {batch.keys[number]}"
            for fault, lists in found.items():
                if not lists[number]:
                    continue
                if fault is _UNKNOWN_MEMBERS:
                    start, end = batch.starts[number : number + 2]
                    rows = start + np.flatnonzero(unknown[start:end])[:_UNKNOWN_SHOWN]
                    named = batch.column(names.MEMBER_ID).take(pa.array(rows)).to_pylist()
                    yield f"{place}: nobody knows {', '.join(map(str, named))}"
                else:
                    yield f"{place}: {fault}"

    def _are_unknown(self, exists: _Exists, ids: pa.Array) -> Truths:
        found = (not exists(self.known, name or "") for name in ids.to_pylist())
        return np.fromiter(found, bool, len(ids))

    def _keys_again(self, generation: Path) -> Iterator[str]:
        """Yield the keys that come again; looked for by name only where two hashes are equal."""
        if not self._hashes:
            return
        hashes, counts = np.unique(np.concatenate(self._hashes), return_counts=True)
        again = hashes[counts > 1]
        if not len(again):
            return
        seen: set[str] = set()
        for batch in read_lists(generation, self.table):
            some = np.isin(_hashes_of(batch.keys), again)
            for key in batch.keys.filter(pa.array(some)).to_pylist():
                if key in seen:
                    yield key
                seen.add(key)


_UNKNOWN_MEMBERS = "nobody knows"


def faulty_lists(batch: ListBatch, codes: npt.NDArray[np.int64]) -> dict[str, Truths]:
    """Return what may be wrong with a list, whatever it holds, and which lists it is wrong with.

    `codes` are one number for each distinct member.
    """
    strengths = batch.numbers(names.STRENGTH)
    outside = _lists_with(batch, ~((strengths >= 0) & (strengths <= 1)))
    same_list = batch.lists[1:] == batch.lists[:-1]
    rising = np.append(same_list & (strengths[1:] > strengths[:-1]), [False])
    ranks = np.arange(batch.rows.num_rows) - batch.starts[batch.lists] + 1
    return {
        "ranks are not 1, 2, 3 and so on": _lists_with(batch, batch.numbers(names.RANK) != ranks),
        "a member comes twice": _lists_with_twice(batch, codes),
        "a strength is not in 0..1": outside,
        "strengths do not fall with the rank": _lists_with(batch, rising) & ~outside,
        "a value is not a finite number": _lists_with(
            batch, ~np.isfinite(batch.numbers(names.VALUE))
        ),
        "a support is negative or missing": _lists_with(
            batch, ~(batch.numbers(names.SUPPORT) >= 0)
        ),
    }


def _lists_with(batch: ListBatch, rows: Truths) -> Truths:
    """Return which lists have one of the rows."""
    lists = np.zeros(len(batch.keys), bool)
    lists[batch.lists[rows]] = True
    return lists


def _lists_with_twice(batch: ListBatch, codes: npt.NDArray[np.int64]) -> Truths:
    distinct = int(codes.max(initial=0)) + 1
    pairs = np.sort(batch.lists * distinct + codes)
    lists = np.zeros(len(batch.keys), bool)
    lists[pairs[1:][pairs[1:] == pairs[:-1]] // distinct] = True
    return lists


def _distinct(ids: pa.Array) -> tuple[pa.Array, npt.NDArray[np.int64]]:
    """Return the distinct ids, and for each id which of them it is."""
    encoded = ids.dictionary_encode(null_encoding="encode")
    return encoded.dictionary, encoded.indices.to_numpy().astype(np.int64)


def _hashes_of(keys: pa.Array) -> npt.NDArray[np.int64]:
    return np.fromiter(map(hash, keys.to_pylist()), np.int64, len(keys))


def _column(path: Path, column: str) -> frozenset[str]:
    return frozenset(pq.read_table(path, columns=[column]).column(0).to_pylist())
