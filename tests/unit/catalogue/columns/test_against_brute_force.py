"""Whatever is asked of the columns, they say what looking at each product says."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from zlib import crc32

import pytest

from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.catalogue.columns.categories_below import CategoriesBelow
from personalization.catalogue.columns.filter_columns import FilterColumns
from personalization.catalogue.columns.pinned_columns import PinnedColumns
from personalization.catalogue.columns.popularity_order import PopularityOrder
from personalization.catalogue.filters.fields import values_of
from personalization.catalogue.filters.filter import Filter
from personalization.catalogue.filters.filter_document import parse_filter
from personalization.catalogue.filters.holds import holds
from personalization.domain.identifiers import ProductId, Region
from personalization.domain.product_changes import WholeProduct
from tests.builders.settable_clock import SettableClock
from tests.unit.catalogue.columns.random_shop import MARKETS, NAMES, NOW, TREE, RandomShop

PRODUCTS = 120
FILTERS = 30
_BELOW = CategoriesBelow(TREE).below


class _BruteForce:
    def __init__(self, products: Sequence[WholeProduct]) -> None:
        self.products = {whole.product.product_id: whole for whole in products}

    def holds(self, wanted: Filter, product_id: ProductId) -> bool:
        whole = self.products.get(product_id)
        return whole is not None and holds(
            wanted, whole.product, whole.details, today=NOW.date(), below=_BELOW
        )

    def find(self, wanted: Filter, order: PopularityOrder, region: Region) -> list[ProductId]:
        place = {product_id: number for number, product_id in enumerate(order.product_ids)}
        found = [
            whole.product
            for product_id, whole in self.products.items()
            if self.holds(wanted, product_id) and whole.product.is_shown(NOW, region)
        ]
        found.sort(key=lambda product: crc32(product.product_id.encode()))
        found.sort(
            key=lambda product: (
                place.get(product.product_id, len(place)),
                -product.bought_last_month,
                -product.rating_count,
            )
        )
        return [product.product_id for product in found]


def _compare(pinned: PinnedColumns, truth: _BruteForce, shop: RandomShop) -> None:
    ids = [*truth.products, ProductId("nobody")]
    for _ in range(FILTERS):
        document = shop.filter()
        wanted = parse_filter(document)
        asked = shop.random.sample(ids, 40)
        expected = [product_id for product_id in asked if truth.holds(wanted, product_id)]
        assert pinned.keep(asked, wanted) == expected, document
        order = PopularityOrder(shop.random.sample(ids, 10))
        region = Region(shop.random.choice(MARKETS))
        limit = shop.random.choice((1, 5, 1_000))
        found = truth.find(wanted, order, region)[:limit]
        assert pinned.find(wanted, limit, order, region) == found, document


@pytest.mark.parametrize("seed", range(8))
def test_keep_and_find_say_what_each_product_says_also_after_changes(
    tmp_path: Path, seed: int
) -> None:
    shop = RandomShop(seed)
    with closing(SqliteCatalogue(tmp_path / "catalogue.sqlite")) as catalogue:
        catalogue.write_categories(TREE)
        written = {f"p{n}": shop.product(f"p{n}") for n in range(PRODUCTS)}
        catalogue.replace_products(list(written.values()))
        columns = FilterColumns(catalogue, SettableClock(NOW))
        columns.refresh()
        before, pinned = _BruteForce(list(written.values())), columns.pin()
        _compare(pinned, before, shop)
        for _ in range(3):
            names = [*shop.random.sample(sorted(written), 30), f"new{shop.random.random()}"]
            changed = {name: shop.product(name) for name in names}
            catalogue.replace_products(list(changed.values()))
            written |= changed
            columns.refresh()
            _compare(columns.pin(), _BruteForce(list(written.values())), shop)
        # What a decision has pinned stays as it was.
        _compare(pinned, before, shop)


@pytest.mark.parametrize("field", ["brand", "category", "gender", f"attributes.{NAMES[0]}"])
def test_values_are_the_first_of_each_in_the_field(tmp_path: Path, field: str) -> None:
    shop = RandomShop(7)
    with closing(SqliteCatalogue(tmp_path / "catalogue.sqlite")) as catalogue:
        products = [shop.product(f"p{n}") for n in range(PRODUCTS)]
        catalogue.replace_products(products)
        columns = FilterColumns(catalogue, SettableClock(NOW))
        columns.refresh()
        ids = [whole.product.product_id for whole in products]
        found = columns.pin().values(ids, field)
    expected = [values_of(field, whole.product, whole.details, NOW.date()) for whole in products]
    assert found == [str(values[0]) if values else None for values in expected]
