"""Products and categories one by one, by the shop's own server."""

from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest

from personalization.domain.access.shop import SHOP
from personalization.ports.stores import KeptStores
from tests.integration.api.catalogue.calls import SHIRT, lines, put_lines, shop_client

PRODUCTS, CATEGORIES = "/v1/catalogue/products", "/v1/catalogue/categories"


@pytest.fixture
def shop(address: str) -> Iterator[httpx.Client]:
    with shop_client(address) as opened:
        yield opened


def test_a_product_is_changed_retired_and_brought_back(
    shop: httpx.Client, kept_stores: KeptStores
) -> None:
    put_lines(shop, lines([{**SHIRT, "price": 10, "currency": "EUR"}]))
    changed = shop.patch(f"{PRODUCTS}/polo", json={"price": 8.5, "material": "linen"})
    assert changed.json() == {"line": 1, "verdict": "updated", "id": "polo"}
    assert shop.delete(f"{PRODUCTS}/polo").json()["verdict"] == "retired"
    stored = shop.get(f"{PRODUCTS}/polo").json()
    assert (stored["price"], stored["material"]) == (8.5, "linen")
    assert stored["retired_at"]
    put_lines(shop, lines([SHIRT]))
    assert "retired_at" not in shop.get(f"{PRODUCTS}/polo").json()
    actions = [entry.action for entry in kept_stores.audit.newest(SHOP, 10, subject="polo")]
    written = ["catalogue.patch", "catalogue.put", "catalogue.put", "catalogue.retire"]
    assert sorted(actions) == written


def test_any_id_can_be_named(shop: httpx.Client) -> None:
    for product_id in ("a/b?c", "..", "100 %", "शर्ट", "-"):
        put_lines(shop, lines([{**SHIRT, "id": product_id}]))
        query = {"id": product_id}
        assert shop.patch(f"{PRODUCTS}/-", params=query, json={"stock": 3}).status_code == 200
        assert shop.get(f"{PRODUCTS}/-", params=query).json()["stock"] == 3
        assert shop.delete(f"{PRODUCTS}/-", params=query).status_code == 200


WRONG_CHANGES: Final[tuple[tuple[dict[str, Any], str], ...]] = (
    ({}, ""),
    ({"price": -1}, "price"),
    ({"title": None}, "title"),
    ({"id": "another", "stock": 1}, "id"),
    ({"price": "3 USD"}, "currency"),
)


def test_a_change_that_cannot_be_is_a_problem(shop: httpx.Client) -> None:
    put_lines(shop, lines([{**SHIRT, "price": 10, "currency": "EUR"}]))
    for body, field in WRONG_CHANGES:
        answer = shop.patch(f"{PRODUCTS}/polo", json=body)
        assert answer.status_code == 422
        assert [fault["pointer"] for fault in answer.json()["errors"]] == [field]


def test_what_is_not_there_is_not_found(shop: httpx.Client) -> None:
    assert shop.get(f"{PRODUCTS}/no").status_code == 404
    assert shop.patch(f"{PRODUCTS}/no", json={"stock": 1}).status_code == 404
    assert shop.delete(f"{PRODUCTS}/no").status_code == 404
    assert shop.get(f"{CATEGORIES}/no").status_code == 404
    assert shop.patch(f"{CATEGORIES}/no", json={"name": "x"}).status_code == 404
    assert shop.delete(f"{CATEGORIES}/no").status_code == 404


def _all_pages(shop: httpx.Client, path: str, **query: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor = ""
    while cursor is not None:
        page = shop.get(path, params={**query, **({"cursor": cursor} if cursor else {})}).json()
        items += page["products" if path == PRODUCTS else "categories"]
        cursor = page["next"]
    return items


def test_products_are_listed_page_by_page_and_searched(shop: httpx.Client) -> None:
    names = ["Red hat", "Réd polo", "Blue polo"]
    products = [{**SHIRT, "id": f"p{place}", "title": name} for place, name in enumerate(names)]
    put_lines(shop, lines([*products, {**SHIRT, "id": "red", "title": "Red itself", "stock": 0}]))
    shop.delete(f"{PRODUCTS}/p0")

    def ids(**query: Any) -> list[str]:
        return [product["id"] for product in _all_pages(shop, PRODUCTS, limit=2, **query)]

    assert ids() == ["p0", "p1", "p2", "red", "shirt-1", "shirt-2"]
    assert ids(retired=True) == ["p0"]
    assert sorted(ids(q="red")) == ["p0", "p1", "red"]
    assert ids(q="red")[0] == "red"
    assert ids(q="POLO red") == ["p1"]
    assert ids(q="p2") == ["p2"]
    assert ids(q="!!") == []
    assert ids(category_id="no") == []
    assert ids(availability="preorder") == []
    assert shop.get(PRODUCTS, params={"cursor": "???"}).status_code == 422
    assert shop.get(PRODUCTS, params={"cursor": "eA==", "q": "red"}).status_code == 422


def test_categories_are_a_tree(shop: httpx.Client) -> None:
    sent = [
        {"id": "polos", "name": "Polos", "parent_id": "tops"},
        {"id": "tops", "name": "Tops"},
        {"id": "loop", "name": "Loop", "parent_id": "loop"},
    ]
    answer = shop.put(CATEGORIES, json=sent).json()
    assert [verdict["verdict"] for verdict in answer["verdicts"]] == [
        "created",
        "created",
        "rejected",
    ]
    listed = _all_pages(shop, CATEGORIES, limit=1)
    assert [category["path"] for category in listed] == [["Shirts"], ["Tops"], ["Tops", "Polos"]]
    assert shop.patch(f"{CATEGORIES}/tops", json={"parent_id": "polos"}).status_code == 422
    assert shop.patch(f"{CATEGORIES}/polos", json={"parent_id": None}).status_code == 200
    assert shop.get(f"{CATEGORIES}/polos").json()["path"] == ["Polos"]
    assert shop.delete(f"{CATEGORIES}/polos").status_code == 204
    assert shop.delete(f"{CATEGORIES}/shirts").status_code == 409


def test_a_changed_price_is_seen_by_visitors(shop: httpx.Client, address: str) -> None:
    put_lines(shop, lines([{**SHIRT, "price": 10, "currency": "EUR"}]))
    sent = [{"id": "polo", "price": 7.25}]
    shop.post("/v1/catalogue/availability", json=sent)
    assert httpx.get(f"{address}/v1/products/polo").json()["price"] == 7.25
