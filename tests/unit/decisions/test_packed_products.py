"""Ids of any kind come back, and those with numbers take little."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personalization.decisions.packed_products import order_products, read_products
from personalization.decisions.record_ledger import LedgerReader, LedgerWriter
from personalization.domain.identifiers import ProductId

_NUMBERED = st.tuples(st.sampled_from(("", "B", "sku-")), st.integers(0, 2**70)).map(
    lambda parts: f"{parts[0]}{parts[1]}"
)
_IDS = st.one_of(_NUMBERED, st.uuids().map(str), st.text(min_size=1, max_size=5), st.just("B007"))


def packed_ids(products: list[ProductId]) -> tuple[tuple[ProductId, ...], int]:
    """Return the products in the order in which they are read, and how many bytes they took."""
    ledger = LedgerWriter()
    packed = order_products(ledger, products).packed
    kept, incompressible = ledger.close()
    size = sum(map(len, packed.ids)) if isinstance(packed.ids, tuple) else 0
    return read_products(LedgerReader(kept, incompressible), packed), size + len(incompressible)


@settings(max_examples=40, deadline=None)
@given(st.lists(_IDS, unique=True, max_size=12))
def test_any_products_come_back_in_ascending_order(ids: list[str]) -> None:
    products = list(map(ProductId, ids))

    read, _ = packed_ids(products)

    assert sorted(read) == sorted(products)
    ordered = order_products(LedgerWriter(), products)
    assert [products[place] for place in ordered.order] == list(read)
    assert [ordered.places[product] for product in read] == list(range(len(read)))


@pytest.mark.parametrize(
    ("ids", "most_bytes"),
    [
        ([f"B{number}" for number in range(1, 180, 2)], 40),
        ([f"{number}" for number in range(100_000, 190_000, 1_000)], 90),
        ([str(UUID(int=number << 64)) for number in range(90)], 90 * 16),
    ],
)
def test_usual_ids_take_few_bytes(ids: list[str], most_bytes: int) -> None:
    products = list(map(ProductId, ids))

    assert packed_ids(products)[1] <= most_bytes
