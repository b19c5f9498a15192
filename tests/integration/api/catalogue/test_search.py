"""Products are found by words over the real store, and by no word that is odd."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.state import ApiServices
from personalization.catalogue.word_search import MOST_PAGES, WordSearch
from personalization.domain.product_changes import ProductPage, ProductQuery
from tests.integration.api.catalogue.calls import SHIRT, lines, put_lines, shop_client


@pytest.fixture
def shop(address: str) -> Iterator[httpx.Client]:
    with shop_client(address) as opened:
        jeans = {"category_id": "jeans", "category_name": "Jeans"}
        products: list[dict[str, Any]] = [
            {**SHIRT, "title": "Red polo", "rating": 4.5, "rating_count": 80},
            {**jeans, "id": "search", "title": "Blue jeans"},
            {**jeans, "id": "gone", "title": "Linen blazer", "availability": "out_of_stock"},
            {**jeans, "id": "dress", "title": "Crème dress, long"},
        ]
        put_lines(opened, lines(products))
        yield opened


def _search(shop: httpx.Client, words: str, **more: str | int) -> list[tuple[str, float]]:
    answer = shop.get("/v1/search", params={"words": words, **more})
    assert answer.status_code == 200, answer.text
    return [(hit["product"]["product_id"], hit["score"]) for hit in answer.json()["products"]]


def test_what_has_all_words_is_found_and_what_has_the_category_too(shop: httpx.Client) -> None:
    assert _search(shop, "linen shirt") == [("shirt-1", 1.0), ("shirt-2", 1.0)]
    assert _search(shop, "BLUE Linen") == [("shirt-1", 1.0)]
    # The category is called so, whatever the title says.
    assert ("polo", 1.0) in _search(shop, "shirts")
    assert ("polo", 1.0) in _search(shop, "shirt")
    assert _search(shop, "creme dresses") == [("dress", 1.0)]


def test_any_word_counts_where_nothing_has_them_all(shop: httpx.Client) -> None:
    assert {name for name, _ in _search(shop, "purple linen spaceship")} == {"shirt-1", "shirt-2"}
    assert _search(shop, "spaceship") == []
    assert {name for name, _ in _search(shop, "crème jeans spaceship")} >= {"dress", "search"}


def test_each_number_of_a_noun_finds_the_other(shop: httpx.Client) -> None:
    for words in ("dress", "dresses", "long dresses"):
        assert _search(shop, words)[0] == ("dress", 1.0), words


def test_variants_leave_room_for_what_is_shown(shop: httpx.Client) -> None:
    parents: list[dict[str, Any]] = [
        {**SHIRT, "id": f"p{number}", "title": "Woollen scarf"} for number in range(30)
    ]
    variants = [
        {**SHIRT, "id": f"v{number}-{size}", "title": "Woollen scarf", "group_id": f"p{number}"}
        for number in range(30)
        for size in range(12)
    ]
    put_lines(shop, lines([*parents, *variants]))
    assert len(_search(shop, "woollen scarf", limit=30)) == 30


def test_many_odd_words_ask_the_catalogue_a_bounded_number_of_times(
    services: ApiServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue, asked = services.catalogue, 0
    list_products = catalogue.list_products

    def count(query: ProductQuery) -> ProductPage:
        nonlocal asked
        asked += 1
        return list_products(query)

    monkeypatch.setattr(catalogue, "list_products", count)
    words = "shirts dresses coats jeans boots skirts linen blue"
    WordSearch(catalogue).find(words, services.clock.now(), None, 100)
    assert asked <= MOST_PAGES


def test_what_is_not_sold_is_not_search(shop: httpx.Client) -> None:
    assert _search(shop, "blazer") == []


def test_so_many_are_found_as_asked_for(shop: httpx.Client) -> None:
    assert len(_search(shop, "linen", limit=1)) == 1
    assert shop.get("/v1/search", params={"words": "a", "limit": 101}).status_code == 422
    assert shop.get("/v1/search", params={"words": "a" * 201}).status_code == 422


@pytest.mark.parametrize(
    "words", ["", "   ", '"', "a AND b OR", "(", "*", "title:x", "日本語", "\x00", "' --", "🧥"]
)
def test_odd_words_find_nothing_and_break_nothing(shop: httpx.Client, words: str) -> None:
    assert _search(shop, words) == []


def test_an_id_that_is_called_like_the_call_is_a_product_still(shop: httpx.Client) -> None:
    assert shop.get("/v1/products/search").json()["title"] == "Blue jeans"
