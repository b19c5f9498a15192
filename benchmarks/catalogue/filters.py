"""What filters over a large catalogue cost, in memory and time.

    python -m benchmarks.catalogue.filters [--products 1300000]

The products are generated: brands, categories, prices, sizes, colours and five of forty attributes
each, with the skew of a shop. Times are the least mean of several runs; the ratio is to one
comparison of an array with as many single-precision numbers, which is the floor of any filter.
"""

import argparse
import resource
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from random import Random
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Column, Table

from personalization.catalogue.columns.categories_below import CategoriesBelow
from personalization.catalogue.columns.columns_view import ColumnsView
from personalization.catalogue.columns.pinned_columns import ColumnsCaches, PinnedColumns
from personalization.catalogue.columns.popularity_order import PopularityOrder
from personalization.catalogue.columns.product_columns import ProductColumns
from personalization.catalogue.filters.filter import Filter
from personalization.catalogue.filters.filter_document import parse_filter
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category, Product, ProductDetails
from personalization.domain.product_changes import WholeProduct

PRODUCTS: Final = 1_300_000
CHUNK: Final = 5_000
CATEGORIES: Final = 500
BRANDS: Final = 20_000
ATTRIBUTES: Final = 40
RANKED: Final = 200
LIMIT: Final = 100
RUNS: Final = 7
NOW: Final = datetime(2026, 3, 4, tzinfo=UTC)
SIZES: Final = ("XS", "S", "M", "L", "XL", "XXL")
COLOURS: Final = ("black", "white", "red", "navy blue", "green", "grey", "beige", "pink")
FILTERS: Final = {
    "price band": {"field": "price", "at_least": 20, "at_most": 50},
    "brand of three": {"field": "brand", "is": ["Brand 1", "Brand 7", "Brand 900"]},
    "category with those below": {"field": "category", "is": "c0"},
    "attribute": {"field": "attributes.name 3", "is": "value 2"},
    "price, stock, size, not a brand": {
        "all": [
            {"field": "price", "at_least": 20, "at_most": 50},
            {"field": "availability", "is": "in_stock"},
            {"field": "size", "is": ["M", "L"]},
            {"not": {"field": "brand", "is": "Brand 1"}},
        ]
    },
}
MIB: Final = 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=PRODUCTS)
    count = parser.parse_args().products
    columns, before, began = ProductColumns(), _peak(), time.process_time()
    for chunk in _chunks(count):
        columns.write(chunk)
    filled = time.process_time() - began
    view = columns.view()
    console, tree = Console(), CategoriesBelow(_categories())
    console.print(
        f"{count:,} products: {columns.nbytes / count:.0f} bytes each, "
        f"{columns.nbytes / MIB:.0f} MiB; the process grew by {_peak() - before:.0f} MiB; "
        f"made in {filled:.0f} s of processor time with their generation"
    )
    ids = [ProductId(f"product-{number:07}") for number in range(0, count, count // RANKED)]
    order = PopularityOrder(ids)
    prices = np.random.default_rng(1).random(count, np.float32)
    floor = _least(lambda: prices >= 0.5)  # noqa: PLR2004
    numbers = ("find, ms", "to floor", "again, us", f"keep of {len(ids)}, us", "to floor of these")
    table = Table("filter", *(Column(name, justify="right") for name in numbers))
    small_floor = _least(lambda: prices[: len(ids)] >= 0.5)  # noqa: PLR2004
    for name, document in FILTERS.items():
        wanted = parse_filter(document)

        warm = PinnedColumns(view, tree, NOW, ColumnsCaches())
        found = _least(partial(_find_first, view, tree, wanted, order))
        warm.find(wanted, LIMIT, order)
        again = _least(partial(warm.find, wanted, LIMIT, order))
        kept = _least(partial(warm.keep, ids, wanted))
        ratios = found / floor, kept / small_floor
        table.add_row(
            name,
            f"{1e3 * found:.1f}",
            f"{ratios[0]:.1f}",
            f"{1e6 * again:.0f}",
            f"{1e6 * kept:.0f}",
            f"{ratios[1]:.0f}",
        )
    table.title = f"floor: {1e3 * floor:.2f} ms for all, {1e6 * small_floor:.1f} us for {len(ids)}"
    console.print(table)
    _print_change(console, columns)


def _find_first(
    view: ColumnsView, tree: CategoriesBelow, wanted: Filter, order: PopularityOrder
) -> None:
    PinnedColumns(view, tree, NOW, ColumnsCaches()).find(wanted, LIMIT, order)


def _print_change(console: Console, columns: ProductColumns) -> None:
    changed = [_product(Random(2), number) for number in range(100)]
    began = time.perf_counter()
    columns.write(changed)
    columns.view()
    console.print(f"{len(changed)} changed products: {1e3 * (time.perf_counter() - began):.0f} ms")


def _least(work: Callable[[], object]) -> float:
    """Return the least seconds of several runs, each long enough to be measured."""
    once = _seconds(work, 1)
    times = max(1, int(0.02 / once))
    return min(_seconds(work, times) for _ in range(RUNS))


def _seconds(work: Callable[[], object], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        work()
    return max(1e-9, time.process_time() - began) / times


def _peak() -> float:
    """Return the most MiB that the process has taken so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _categories() -> Iterator[Category]:
    for number in range(CATEGORIES):
        parent = CategoryId(f"c{number // 10}") if number else None
        yield Category(category_id=CategoryId(f"c{number}"), name="", parent_id=parent)


def _chunks(count: int) -> Iterator[list[WholeProduct]]:
    random = Random(1)
    for start in range(0, count, CHUNK):
        yield [_product(random, number) for number in range(start, min(start + CHUNK, count))]


def _product(random: Random, number: int) -> WholeProduct:
    draw = random.random
    price = round(5 + 400 * draw() ** 3, 2)
    product = Product(
        product_id=ProductId(f"product-{number:07}"),
        category_id=CategoryId(f"c{int(CATEGORIES * draw())}"),
        title="",
        price=price,
        list_price=round(1.3 * price, 2) if draw() < 0.2 else None,  # noqa: PLR2004
        rating=round(1 + 4 * draw(), 1),
        rating_count=int(1 / (1 - draw())),
        bought_last_month=int(1 / (1 - draw())) - 1,
        colour=COLOURS[int(len(COLOURS) * draw() ** 2)],
        listed_on=date(2026, 3, 1) - timedelta(int(2_000 * draw())),
        brand=f"Brand {int(BRANDS * draw() ** 3)}",
        stock=int(20 * draw()),
    )
    first = int(len(SIZES) * draw())
    details = ProductDetails(
        product_id=product.product_id,
        gender=("women", "men", "unisex")[int(3 * draw())],
        sizes=SIZES[first : first + 4],
        material=f"material {int(30 * draw())}",
        tags=(f"tag {int(200 * draw())}", f"tag {int(200 * draw())}"),
        attributes=tuple(
            (f"name {(number + step) % ATTRIBUTES}", f"value {int(20 * draw())}")
            for step in range(5)
        ),
    )
    return WholeProduct(product, details)


if __name__ == "__main__":
    main()
