"""The products of a large made-up shop, in the columns of Amazon Products 2023."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.random import Generator

from importers.generated.large.fixed_texts import asins
from importers.generated.large.large_shop import CATEGORIES, Amounts, LargeShop, Shelf, Whole

PRODUCTS_A_PART = 100_000
SCHEMA = pa.schema(
    [
        ("asin", pa.string()),
        ("title", pa.string()),
        ("imgUrl", pa.string()),
        ("productURL", pa.string()),
        ("stars", pa.float64()),
        ("reviews", pa.int64()),
        ("price", pa.float64()),
        ("listPrice", pa.float64()),
        ("category_id", pa.int64()),
        ("isBestSeller", pa.bool_()),
        ("boughtInLastMonth", pa.int64()),
    ]
)
UNRATED, REDUCED, BEST_SELLERS = 0.12, 0.25, 0.006
"""Shares of the products."""
_STYLES = ("Classic", "Slim Fit", "Relaxed", "Vintage", "Premium", "Soft", "Insulated", "Printed")
_MATERIALS = ("Cotton", "Linen", "Wool", "Denim", "Leather", "Canvas", "Bamboo", "Steel")
_KINDS = ("Shirt", "Jacket", "Dress", "Backpack", "Sneakers", "Lamp", "Blanket", "Watch", "Rug")
_COLOURS = ("Black", "White", "Navy", "Grey", "Red", "Green", "Beige", "Pink", "Blue", "Brown")
_USES = ("for Women", "for Men", "for Kids", "for Home and Kitchen", "for Travel", "as a Gift")
_LEAST_TOLD = 50
"""What was bought in a month is told in steps of it, and nothing of fewer."""


def category_names() -> list[str]:
    """Return the categories' names, by their number from 1."""
    return [
        f"{_STYLES[number % len(_STYLES)]} {_KINDS[number % len(_KINDS)]} {number + 1}"
        for number in range(CATEGORIES)
    ]


def listings(shop: LargeShop, shelf: Shelf) -> Iterator[pa.RecordBatch]:
    """Yield all products in the order of their numbers."""
    rank = np.empty(shop.products, dtype=np.int64)
    rank[shelf.by_rank] = np.arange(shop.products)
    for part, first in enumerate(range(0, shop.products, PRODUCTS_A_PART)):
        numbers = np.arange(first, min(first + PRODUCTS_A_PART, shop.products))
        yield _listings(shop.random(1, part), shelf, numbers, rank[numbers])


def _listings(random: Generator, shelf: Shelf, numbers: Whole, rank: Whole) -> pa.RecordBatch:
    count = len(numbers)
    ids = asins(numbers)
    stars = np.round(np.clip(random.normal(4.3, 0.4, count), 1.0, 5.0), 1)
    stars[random.random(count) < UNRATED] = 0.0
    bought = np.round(2_000_000 / (rank + 200) * random.lognormal(0.0, 0.5, count)).astype(np.int64)
    reviews = np.where(stars > 0, bought * 3 + random.integers(1, 40, count), 0)
    price = shelf.price[numbers]
    columns = [
        ids,
        _titles(random, shelf.category[numbers], numbers),
        _concatenation("https://images.example/I/", ids, ".jpg"),
        _concatenation("https://www.amazon.com/dp/", ids, ""),
        stars,
        reviews,
        price,
        _list_price(random, price),
        shelf.category[numbers] + 1,
        random.random(count) < BEST_SELLERS,
        bought // _LEAST_TOLD * _LEAST_TOLD,
    ]
    return pa.RecordBatch.from_arrays(list(map(pa.array, columns)), schema=SCHEMA)


def _list_price(random: Generator, price: Amounts) -> Amounts:
    reduced = random.random(len(price)) < REDUCED
    return np.where(reduced, np.round(price * random.uniform(1.1, 1.6, len(price)), 2), 0.0)


def _titles(random: Generator, category: Whole, numbers: Whole) -> pa.Array:
    count = len(numbers)
    brand = (category * 7919 + random.integers(0, 40, count)) % 4000
    words = [_random_words(random, names, count) for names in (_STYLES, _MATERIALS)]
    kind = pa.array(_KINDS).take(pa.array(category % len(_KINDS)))
    number = pc.cast(pa.array(numbers), pa.string())
    ends = [_random_words(random, _USES, count), _random_words(random, _COLOURS, count)]
    brands = _concatenation("Brand ", pc.cast(pa.array(brand), pa.string()), "")
    return pc.binary_join_element_wise(brands, *words, kind, *ends, "No.", number, " ")


def _random_words(random: Generator, words: Sequence[str], count: int) -> pa.Array:
    return pa.array(words).take(pa.array(random.integers(0, len(words), count)))


def _concatenation(before: str, texts: pa.Array, behind: str) -> pa.Array:
    return pc.binary_join_element_wise(before, texts, behind, "")
