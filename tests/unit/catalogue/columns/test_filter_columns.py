from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.catalogue.columns import filter_columns
from personalization.catalogue.columns.filter_columns import FilterColumns
from personalization.catalogue.columns.product_columns import ProductColumns
from personalization.catalogue.filters.filter import EVERYTHING
from personalization.catalogue.filters.filter_document import parse_filter
from personalization.domain.errors import UnreadCatalogueError
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category, ProductDetails
from personalization.domain.product_changes import WholeProduct
from tests.builders.interruptible import Interruptible
from tests.builders.product import a_product
from tests.waiting import eventually

RED = parse_filter({"field": "colour", "is": "red"})
ONE = ProductId("shirt-1")


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[SqliteCatalogue]:
    with closing(SqliteCatalogue(tmp_path / "catalogue.sqlite")) as opened:
        yield opened


def test_an_empty_catalogue_has_nothing(catalogue: SqliteCatalogue) -> None:
    columns = FilterColumns(catalogue)
    columns.refresh()
    assert columns.is_complete
    pinned = columns.pin()
    assert pinned.keep([ONE], EVERYTHING) == pinned.keep([], EVERYTHING) == []
    assert pinned.find(EVERYTHING, 5) == []
    assert pinned.values([ONE], "brand") == [None]
    assert pinned.known_among([ONE]) == []


def test_a_thread_follows_the_catalogue_until_it_is_closed(catalogue: SqliteCatalogue) -> None:
    catalogue.write_products([a_product(colour="red")])
    columns = FilterColumns(catalogue, look_seconds=0.01)
    columns.start()
    columns.wait(60)
    assert columns.pin().find(RED, 5) == [ONE]
    catalogue.write_products([a_product(colour="blue")])
    eventually(lambda: columns.pin().find(RED, 5) == [])
    columns.close()


def test_while_the_catalogue_is_away_all_stays_and_nothing_is_lost(
    catalogue: SqliteCatalogue,
) -> None:
    store = Interruptible(catalogue)
    columns = FilterColumns(store)
    store.away = True
    columns.refresh()
    assert not columns.is_complete
    unread = columns.pin()
    for ask in (
        lambda: unread.keep([ONE], RED),
        lambda: unread.find(RED, 5),
        lambda: unread.values([ONE], "brand"),
    ):
        with pytest.raises(UnreadCatalogueError, match="ask again"):
            ask()
    assert unread.known_among([ONE]) == [ONE]
    store.away = False
    catalogue.write_products([a_product(colour="red")])
    columns.refresh()
    catalogue.write_products([a_product(colour="blue")])
    store.away = True
    columns.refresh()
    assert columns.pin().keep([ONE], RED) == [ONE]
    store.away = False
    columns.refresh()
    assert columns.pin().keep([ONE], RED) == []


def test_details_and_categories_are_followed_too(catalogue: SqliteCatalogue) -> None:
    catalogue.write_products([a_product()])
    columns = FilterColumns(catalogue)
    columns.refresh()
    tops = parse_filter({"field": "category", "is": "tops"})
    linen = parse_filter({"field": "material", "is": "linen"})
    assert columns.pin().find(tops, 5) == columns.pin().find(linen, 5) == []
    catalogue.write_categories(
        [Category(category_id=CategoryId("shirts"), name="", parent_id=CategoryId("tops"))]
    )
    catalogue.write_details([ProductDetails(product_id=ONE, material="Linen")])
    columns.refresh()
    assert columns.pin().find(tops, 5) == columns.pin().find(linen, 5) == [ONE]
    assert columns.pin().below(CategoryId("tops")) == {"tops", "shirts"}


def test_what_is_written_again_as_it_was_takes_no_further_row() -> None:
    product, details = a_product(rating=None, listed_on=None), ProductDetails(product_id=ONE)
    columns = ProductColumns()
    assert columns.write([WholeProduct(product, details)])
    assert not columns.write([WholeProduct(replace(product, title="another"), details)])
    assert columns.write([WholeProduct(replace(product, brand="another"), details)])
    assert (columns.count, columns.dead) == (2, 1)


def test_columns_of_which_most_rows_count_no_more_are_made_again(
    catalogue: SqliteCatalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filter_columns, "_FEW_DEAD", 20)
    products = [a_product(product_id=ProductId(f"p{n}"), colour="red") for n in range(300)]
    catalogue.write_products(products)
    columns = FilterColumns(catalogue)
    columns.refresh()
    pinned, size = columns.pin(), columns.nbytes
    for price in range(20):
        catalogue.write_products([replace(product, price=float(price)) for product in products])
        columns.refresh()
    assert columns.nbytes < 3 * size
    cheap = parse_filter({"all": [{"field": "price", "at_most": 19, "at_least": 19}]})
    assert len(columns.pin().find(cheap, 1_000)) == len(products)
    assert len(pinned.find(RED, 1_000)) == len(products)
    assert pinned.find(cheap, 1_000) == []


def test_more_distinct_values_than_are_remembered_are_still_told_apart(
    catalogue: SqliteCatalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("personalization.catalogue.columns.value_sets.MOST_REMEMBERED", 3)
    brands = [f"brand {number % 20}" for number in range(60)]
    products = [
        a_product(product_id=ProductId(f"p{n}"), brand=brand) for n, brand in enumerate(brands)
    ]
    catalogue.write_products(products)
    columns = FilterColumns(catalogue)
    columns.refresh()
    pinned = columns.pin()
    wanted = parse_filter({"field": "brand", "is": "Brand 17"})
    assert set(pinned.find(wanted, 100)) == {"p17", "p37", "p57"}
    values = pinned.values([product.product_id for product in products], "brand")
    assert len(set(values)) == 20
    assert values[17] == values[37] == values[57]
