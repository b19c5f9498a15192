"""What must hold of every ranked list before a generation may be promoted."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pyarrow.parquet as pq

from nightly.generations.generation_tables import Row, read_lists, tables_in
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
            bundles = [key for key, _ in read_lists(generation, PriorTable.BUNDLE_PRODUCTS)]
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


def faults_of_table(
    table: PriorTable, lists: Iterator[tuple[str, list[Row]]], known: GenerationIds
) -> Iterator[str]:
    """Yield a sentence for everything that is wrong with a table."""
    is_key, is_member = KINDS[table]
    seen: set[str] = set()
    for key, rows in lists:
        place = f"{table.value} of {key}"
        if key in seen:
            yield f"{place}: the key comes twice"
        seen.add(key)
        if not is_key(known, key):
            yield f"{place}: nobody knows the key"
        unknown = [row[names.MEMBER_ID] for row in rows if not is_member(known, row["member_id"])]
        if unknown:
            yield f"{place}: nobody knows {', '.join(unknown[:3])}"
        yield from (f"{place}: {fault}" for fault in faults_of_list(rows))


def faults_of_list(rows: list[Row]) -> Iterator[str]:
    """Yield what is wrong with one list, whatever it holds."""
    if [row[names.RANK] for row in rows] != list(range(1, len(rows) + 1)):
        yield "ranks are not 1, 2, 3 and so on"
    if len({row[names.MEMBER_ID] for row in rows}) < len(rows):
        yield "a member comes twice"
    strengths = [row[names.STRENGTH] for row in rows]
    if not all(_is_finite(strength) and 0 <= strength <= 1 for strength in strengths):
        yield "a strength is not in 0..1"
    elif any(stronger < weaker for stronger, weaker in pairwise(strengths)):
        yield "strengths do not fall with the rank"
    if not all(_is_finite(row[names.VALUE]) for row in rows):
        yield "a value is not a finite number"
    if not all(row[names.SUPPORT] is not None and row[names.SUPPORT] >= 0 for row in rows):
        yield "a support is negative or missing"


def _is_finite(number: float | None) -> bool:
    return number is not None and math.isfinite(number)


def _column(path: Path, column: str) -> frozenset[str]:
    return frozenset(pq.read_table(path, columns=[column]).column(0).to_pylist())
