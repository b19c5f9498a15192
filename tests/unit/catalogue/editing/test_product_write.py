from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.audit.recording import Auditor
from personalization.catalogue.editing import product_write
from personalization.catalogue.editing.product_line import ProductLine, read_changes, read_whole
from personalization.catalogue.editing.product_write import ProductWrite
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Availability, Category
from tests.builders.access.audit_book import AuditBook
from tests.builders.settable_clock import SettableClock

SHIRT: dict[str, Any] = {"id": "shirt", "title": "Shirt", "category_path": ["Men", "Shirts"]}
NOW = datetime(2026, 5, 6, tzinfo=UTC)


class Shop:
    def __init__(self, folder: Path) -> None:
        self.catalogue = SqliteCatalogue(folder / "catalogue.sqlite")
        self.book = AuditBook()
        self.clock = SettableClock(NOW)

    def write(self) -> ProductWrite:
        auditor = Auditor(self.book, self.clock)
        return ProductWrite(self.catalogue, auditor, self.clock, "key:k1", "catalogue.put")

    def put(self, *products: dict[str, Any]) -> list[str]:
        write = self.write()
        verdicts = write.put(lines_of(read_whole, products))
        write.end()
        return [verdict.verdict.value for verdict in verdicts]

    def change(self, *products: dict[str, Any]) -> list[str]:
        write = self.write()
        verdicts = write.update(lines_of(read_changes, products))
        write.end()
        return [verdict.verdict.value for verdict in verdicts]

    def product(self, product_id: str) -> Any:
        return self.catalogue.read_products([ProductId(product_id)])[ProductId(product_id)]


def lines_of(read: Any, products: tuple[dict[str, Any], ...]) -> list[ProductLine]:
    return [read(number, msgspec.json.encode(each)) for number, each in enumerate(products, 1)]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = Shop(tmp_path)
    with closing(opened.catalogue):
        yield opened


def test_the_same_write_again_changes_nothing(shop: Shop) -> None:
    products = (SHIRT, {**SHIRT, "id": "b", "price": "3,50 €"}, {"id": "c"})
    assert shop.put(*products) == ["created", "created", "rejected"]
    assert shop.put(*products) == ["unchanged", "unchanged", "rejected"]
    assert shop.put({**SHIRT, "material": "wool"}) == ["updated"]
    assert shop.product("b").currency == "EUR"
    assert len(shop.book.entries) == 2


def test_of_an_id_that_comes_twice_the_last_line_counts(shop: Shop) -> None:
    assert shop.put({**SHIRT, "title": "First"}, SHIRT, SHIRT) == [
        "created",
        "updated",
        "unchanged",
    ]
    assert shop.product("shirt").title == "Shirt"


def test_a_put_brings_a_retired_product_back_and_forgets_what_it_does_not_name(shop: Shop) -> None:
    shop.put({**SHIRT, "stock": 3, "brand": "x"})
    write = shop.write()
    verdict = write.retire(ProductId("shirt"))
    assert verdict is not None
    assert verdict.verdict == "retired"
    assert shop.product("shirt").retired_at == NOW
    again = shop.write().retire(ProductId("shirt"))
    assert again is not None
    assert again.verdict == "unchanged"
    assert shop.write().retire(ProductId("unknown")) is None
    assert shop.put(SHIRT) == ["updated"]
    product = shop.product("shirt")
    assert (product.retired_at, product.stock, product.brand) == (None, None, None)


def test_changes_leave_other_fields_and_need_a_product(shop: Shop) -> None:
    shop.put({**SHIRT, "price": 10, "currency": "EUR", "stock": 3, "material": "linen"})
    assert shop.change({"id": "shirt", "stock": 0}, {"id": "no", "stock": 1}) == [
        "updated",
        "rejected",
    ]
    product = shop.product("shirt")
    assert (product.stock, product.price, product.title) == (0, 10.0, "Shirt")
    assert shop.change({"id": "shirt", "stock": 0}) == ["unchanged"]
    assert shop.change({"id": "shirt", "price": "12 USD"}) == ["rejected"]
    assert shop.change({"id": "shirt", "price": "12 USD", "currency": "USD"}) == ["updated"]
    assert (
        shop.change({"id": "shirt", "stock": 5}, {"id": "shirt", "stock": None}) == ["updated"] * 2
    )
    assert shop.product("shirt").stock is None


def test_a_first_price_needs_a_currency(shop: Shop) -> None:
    shop.put(SHIRT)
    assert shop.change({"id": "shirt", "price": 9}) == ["rejected"]
    assert shop.change({"id": "shirt", "price": 9, "currency": "PLN"}) == ["updated"]
    assert shop.change({"id": "shirt", "price": 8}) == ["updated"]
    assert (shop.product("shirt").price, shop.product("shirt").currency) == (8, "PLN")


def test_the_audit_log_has_one_product_before_and_after_and_many_as_counts(shop: Shop) -> None:
    shop.put(SHIRT)
    shop.change({"id": "shirt", "price": 3.5, "currency": "USD"})
    first, second = shop.book.entries
    assert (first.author, first.subject, first.before) == ("key:k1", "shirt", None)
    assert msgspec.json.decode(second.before or "").get("price") is None
    assert msgspec.json.decode(second.after or "")["price"] == 3.5
    write = shop.write()
    write.put(lines_of(read_whole, ({**SHIRT, "id": "a"}, {**SHIRT, "id": "b"})))
    write.put(lines_of(read_whole, ({**SHIRT, "id": "c"}, {"id": "d"})))
    write.end()
    bulk = shop.book.entries[-1]
    assert (bulk.subject, bulk.before, bulk.after) == ("products", None, None)
    assert "3 created" in bulk.note
    assert "1 rejected" in bulk.note


def test_categories_that_nobody_has_named_are_made(shop: Shop) -> None:
    shop.put(SHIRT, {"id": "b", "title": "B", "category_id": "hats"})
    names = {each.category_id: each.name for each in shop.catalogue.all_categories()}
    assert names == {"Men": "Men", "Men > Shirts": "Shirts", "hats": "hats"}


def test_a_path_is_the_category_that_has_these_names(shop: Shop) -> None:
    men, shirts = CategoryId("men"), CategoryId("men.shirts")
    shop.catalogue.write_categories(
        [
            Category(category_id=men, name="Men"),
            Category(category_id=shirts, name="Shirts", parent_id=men),
        ]
    )
    assert shop.put(SHIRT, {**SHIRT, "id": "b", "category_path": ["Men", "Shirts", "Polos"]}) == [
        "created",
        "created",
    ]
    assert shop.put(SHIRT) == ["unchanged"]
    assert shop.product("shirt").category_id == shirts
    found = {each.category_id: each.parent_id for each in shop.catalogue.all_categories()}
    assert found == {men: None, shirts: men, "Men > Shirts > Polos": shirts}


def test_a_parent_says_what_its_variants_do(shop: Shop) -> None:
    small = {**SHIRT, "id": "s", "group_id": "polo", "size": "S", "stock": 0}
    large = {**SHIRT, "id": "l", "group_id": "polo", "size": "L", "stock": 2}
    shop.put(small, large)
    assert shop.product("polo").is_on_sale
    shop.change({"id": "l", "stock": 0})
    assert not shop.product("polo").is_on_sale
    shop.change({"id": "l", "availability": "preorder"})
    assert shop.product("polo").availability is Availability.PREORDER
    shop.write().retire(ProductId("polo"))
    assert shop.product("polo").retired_at is not None
    assert shop.product("s").retired_at is not None
    shop.put({**small, "stock": 1})
    assert shop.product("polo").retired_at is None


def test_what_its_variants_say_of_a_made_parent_is_not_changed_beside_them(shop: Shop) -> None:
    shop.put({**SHIRT, "id": "s", "group_id": "shirts", "stock": 2})
    assert shop.change({"id": "shirts", "title": "Ours"}) == ["rejected"]
    assert shop.put({**SHIRT, "id": "shirts", "title": "Ours"}) == ["updated"]
    assert shop.change({"id": "shirts", "material": "wool"}) == ["updated"]
    assert (shop.product("shirts").title, shop.product("shirts").stock) == ("Ours", 2)


def test_a_parent_is_not_sold_once_its_last_variant_is_retired(shop: Shop) -> None:
    shop.put(SHIRT, {**SHIRT, "id": "s", "group_id": "shirt", "stock": 2})
    assert shop.product("shirt").is_shown(NOW, None)
    shop.write().retire(ProductId("s"))
    assert not shop.product("shirt").is_shown(NOW, None)
    shop.put({**SHIRT, "id": "s", "group_id": "shirt", "stock": 1})
    assert shop.product("shirt").is_shown(NOW, None)


def test_no_product_is_a_variant_and_a_parent(shop: Shop) -> None:
    first, second = {**SHIRT, "id": "a", "group_id": "b"}, {**SHIRT, "id": "b", "group_id": "a"}
    assert shop.put(first, second) == ["created", "rejected"]
    assert shop.put({**second, "group_id": "c"}, {**SHIRT, "id": "d", "group_id": "a"}) == [
        "rejected",
        "rejected",
    ]
    assert shop.put({**SHIRT, "id": "e"}) == ["created"]
    assert shop.change({"id": "e", "group_id": "a"}) == ["rejected"]
    # Once its variants have gone to the other parent, it may follow them.
    assert shop.put({**first, "group_id": "c"}, {**second, "group_id": "c"}) == [
        "updated",
        "updated",
    ]


def test_a_group_has_a_bounded_number_of_variants(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(product_write, "MOST_VARIANTS", 3)
    variants = [{**SHIRT, "id": str(n), "group_id": "polo"} for n in range(5)]
    assert shop.put(*variants) == ["created"] * 3 + ["rejected"] * 2
    assert shop.put(variants[4], variants[0]) == ["rejected", "unchanged"]
    assert len(shop.catalogue.read_variants([ProductId("polo")])[ProductId("polo")]) == 3


def test_what_is_unchanged_is_not_written(shop: Shop) -> None:
    shop.put(SHIRT)
    other = replace(shop.product("shirt"), category_id=CategoryId("hats"))
    write = shop.write()
    lines = lines_of(read_whole, (SHIRT,))
    shop.catalogue.write_products([other])
    assert [verdict.verdict.value for verdict in write.put(lines)] == ["updated"]
    assert shop.product("shirt").category_id == "Men > Shirts"
