"""The products of a decision in ascending order, in which their ids take the least space.

Where every id is a prefix and a number, the numbers of each prefix are kept by how far they are
apart. Ids of other kinds are kept as texts.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import mul
from typing import Annotated

import msgspec
import numpy as np

from personalization.codec.bit_columns import Int64, Integers
from personalization.decisions.packed_texts import check_length, codes_of
from personalization.decisions.record_ledger import KeptIds, LedgerReader, LedgerWriter
from personalization.domain.identifiers import ProductId

_DIGITS = "0123456789"
_LONGEST = 18
"""Digits of a number that 64 bits hold."""
_KNOWN_IDS = 8_192
"""Decisions show the same products again and again; about a megabyte of them."""


class PackedProducts(msgspec.Struct, array_like=True, frozen=True):
    ids: KeptIds
    """Of ids with numbers, the prefix of each run of one."""
    runs: tuple[Annotated[int, msgspec.Meta(ge=1)], ...]
    """How many products have each prefix; none where ids are whole."""
    firsts: tuple[Int64, ...]
    """The least number of each prefix; how far others are apart is a column."""


class OrderedProducts(msgspec.Struct, frozen=True):
    packed: PackedProducts
    order: Integers
    """Where each product of the ascending order stands among those given."""
    places: Mapping[ProductId, int]
    """Of each product in the ascending order."""


def order_products(ledger: LedgerWriter, products: Sequence[ProductId]) -> OrderedProducts:
    parts = list(map(_cut_number, products))
    if None in parts or not parts:
        return _whole(ledger, products)
    check_length(map(len, products))
    prefixes, values = zip(*parts, strict=True)
    prefix_codes, different = codes_of(prefixes)
    codes = np.array(prefix_codes, np.int64)
    numbers, runs = np.array(values, np.int64), np.bincount(codes)
    order = np.lexsort((numbers, codes))
    starts, ascending = runs.cumsum() - runs, numbers[order]
    firsts = ascending[starts]
    ascending[1:] -= ascending[:-1].copy()
    ascending[starts] = 0
    ledger.integers += [ascending]
    packed = PackedProducts(different, tuple(runs.tolist()), tuple(firsts.tolist()))
    return _order_of(packed, order, products)


@lru_cache(_KNOWN_IDS)
def _cut_number(product: ProductId) -> tuple[str, int] | None:
    """Return prefix and number of an id that they give again."""
    prefix = product.rstrip(_DIGITS)
    digits = product[len(prefix) :]
    if not digits or len(digits) > _LONGEST or str(int(digits)) != digits:
        return None
    return prefix, int(digits)


def read_products(ledger: LedgerReader, packed: PackedProducts) -> tuple[ProductId, ...]:
    """Raise `ValueError` for what `order_products` did not give."""
    ids = ledger.ids(packed.ids)
    if not packed.runs:
        return tuple(map(ProductId, ids))
    # Before anything is made of so many, the column says that they are there.
    sums, runs = ledger.integers(sum(packed.runs)).cumsum(), np.array(packed.runs)
    check_length(map(mul, map(len, ids), packed.runs))
    prefixes = [prefix for prefix, run in zip(ids, packed.runs, strict=True) for _ in range(run)]
    bases = np.array(packed.firsts, np.int64) - sums[runs.cumsum() - runs]
    values = (bases.repeat(runs) + sums).tolist()
    return tuple(
        [ProductId(f"{prefix}{value}") for prefix, value in zip(prefixes, values, strict=True)]
    )


def _whole(ledger: LedgerWriter, products: Sequence[ProductId]) -> OrderedProducts:
    ascending = sorted(zip(products, range(len(products)), strict=True))
    ids = ledger.ids([product for product, _ in ascending])
    order = np.array([place for _, place in ascending], np.int64)
    return _order_of(PackedProducts(ids, (), ()), order, products)


def _order_of(
    packed: PackedProducts, order: Integers, products: Sequence[ProductId]
) -> OrderedProducts:
    ascending = map(products.__getitem__, order.tolist())
    return OrderedProducts(packed, order, dict(zip(ascending, range(order.size), strict=True)))
