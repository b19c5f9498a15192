"""Products by number and back, whatever their ids look like."""

import random

import numpy as np
import pytest

from personalization.neighbours.indexed_products import IndexedProducts

IDS = {
    "few": ["a"],
    "alike": ["a", "a\0", "a\0\0", "a\0b", "aa", "ab"],
    "long and alike": [f"shop-of-many-things-{number:03}-red" for number in range(300)],
    "other scripts": ["", "abc", "żółw", "東京", "🐢"],
    "numbers": sorted(str(number) for number in random.Random(5).sample(range(10**9), 500)),
    "more than a stem alike": [f"x{'y' * 9}{number:04}" for number in range(50)] + ["z"],
}


@pytest.mark.parametrize("ids", IDS.values(), ids=IDS.keys())
def test_each_product_has_its_number_and_others_have_none(ids: list[str]) -> None:
    products = IndexedProducts.of(ids)
    assert list(products) == ids
    assert [products[number] for number in range(len(ids))] == ids
    assert [products.number_of(name) for name in ids] == list(range(len(ids)))
    others = {change for name in ids for change in (name + "\0", name + "~", name[:-1], "0" + name)}
    for other in others - set(ids):
        assert products.number_of(other) == -1


def test_an_index_of_nothing_knows_nothing() -> None:
    assert IndexedProducts.of([]).number_of("a") == -1


@pytest.mark.parametrize(
    ("names", "bounds"), [(b"ba", [0, 1, 2]), (b"ab", [0, 1]), (b"ab", []), (b"ab", [1, 2])]
)
def test_what_could_not_be_looked_through_is_refused(names: bytes, bounds: list[int]) -> None:
    with pytest.raises(ValueError, match="ids do not"):
        IndexedProducts(names, np.array(bounds, np.int64))
