"""Any id that an import takes works on every route and page."""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

import httpx
import pytest

from api.http.asked_ids import asked_ids
from api.state import ApiServices
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.prior import PriorTable
from personalization.domain.product import Category
from tests.builders.generation import a_generation
from tests.builders.product import a_product
from tests.builders.ranked_list import a_ranked_list
from tests.builders.wire_event import a_wire_event
from tests.integration.api.serving import serve

ODD = (
    "A/B-1", "a,b", "?", "#", "%2F", "%", "a&id=b", "a+b", "a b", "-", "similar", "products",
    "🧥", "żółć", "a;b", "a\\b", "'", '"<b>', "...", "/", "//", 128 * "x",
)  # fmt: skip
UNWRITABLE = (".", "..")
EVERY = (*ODD, *UNWRITABLE)


def category_of(product: str) -> CategoryId:
    return CategoryId(product)


@pytest.fixture
def odd_services(empty_services: ApiServices) -> ApiServices:
    """Return the services of a shop whose ids of products and categories are odd."""
    generation, stores = a_generation(), empty_services
    stores.catalogue.write_categories(
        [Category(category_id=category_of(odd), name=f"Category {odd}") for odd in EVERY]
    )
    stores.catalogue.write_products(
        [
            a_product(product_id=ProductId(odd), category_id=category_of(odd), title=f"Title {odd}")
            for odd in EVERY
        ]
    )
    tables = (PriorTable.CATEGORY_LEADERS, PriorTable.PRODUCT_AFFINITY)
    stores.priors.write_many(
        generation.generation_id,
        [((table, odd), a_ranked_list(odd, "shirt-2")) for table in tables for odd in EVERY],
    )
    stores.priors.register(generation)
    stores.priors.promote(generation.generation_id)
    return stores


@pytest.fixture
def odd_shop(odd_services: ApiServices) -> Iterator[httpx.Client]:
    with serve(odd_services) as address, httpx.Client(base_url=address) as client:
        yield client


def test_every_route_and_page_takes_any_id(odd_shop: httpx.Client) -> None:
    for odd in EVERY:
        if odd in UNWRITABLE:
            segment, asked = "-", {"id": odd}
        else:
            segment, asked = quote(odd, safe=""), {}
        product = odd_shop.get(f"/v1/products/{segment}", params=asked)
        similar = odd_shop.get(f"/v1/products/{segment}/similar", params=asked)
        leaders = odd_shop.get(f"/v1/categories/{segment}/products", params=asked)

        assert product.json()["product_id"] == odd, odd
        assert ids_of(similar) == ["shirt-2"], odd
        assert ids_of(leaders) == [odd, "shirt-2"], odd
        for page in ("product", "category"):
            assert odd_shop.get(f"/{page}/{segment}", params=asked).status_code == 200, odd


def test_dots_are_ids_where_a_client_leaves_them(odd_shop: httpx.Client) -> None:
    assert odd_shop.get("/v1/products/%2E%2E").json()["product_id"] == ".."


def test_several_are_asked_for_in_either_way(odd_shop: httpx.Client) -> None:
    repeated = odd_shop.get("/v1/products", params={"id": list(EVERY)})
    listed = odd_shop.get(f"/v1/products?ids={','.join(quote(odd, safe='') for odd in EVERY)}")
    as_one_text = odd_shop.get("/v1/products", params={"ids": "A/B-1,a,b,..,#"})

    for answer in (repeated, listed):
        assert [product["product_id"] for product in answer.json()["products"]] == list(EVERY)
    found = [product["product_id"] for product in as_one_text.json()["products"]]
    assert found == ["A/B-1", "a,b", "..", "#"]


def test_nothing_asked_for_is_a_problem(odd_shop: httpx.Client) -> None:
    assert odd_shop.get("/v1/products").status_code == 422
    assert odd_shop.get("/v1/products?ids=").json() == {"products": []}


def test_an_event_may_name_any_of_them(odd_shop: httpx.Client) -> None:
    for start in range(0, len(EVERY), 5):
        events = [
            a_wire_event(event_id=f"odd-{start + number}", product_id=odd)
            for number, odd in enumerate(EVERY[start : start + 5])
        ]
        answer = odd_shop.post("/v1/track", json={"events": events}).json()
        assert [verdict["verdict"] for verdict in answer["verdicts"]] == ["accepted"] * len(events)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (b"id=a&id=b%2Cc", ["a", "b,c"]),
        (b"ids=a,b", ["a", "b"]),
        (b"ids=a%2Cb,c", ["a,b", "c"]),
        (b"ids=a%2Cb%2Cc", ["a,b", "c"]),
        (b"ids=x%2Cy", ["x", "y"]),
        (b"ids=,,&limit=3", []),
        (b"ids=%2C%2C", []),
        (b"ids=\xff", ["\N{REPLACEMENT CHARACTER}"]),
        (b"ids=" + b"%2C".join([b"z"] * 1_000), ["z"] * 100),
    ],
)
def test_commas_separate_unless_an_id_has_them(query: bytes, expected: list[str]) -> None:
    def catalogue(candidates: object) -> dict[str, object]:
        del candidates
        return {"a,b": None, "a": None, "b": None, "c": None}

    assert asked_ids(query, catalogue) == expected


def test_one_address_does_not_ask_the_catalogue_for_thousands_of_ids() -> None:
    asked: list[str] = []

    def catalogue(candidates: Sequence[str]) -> tuple[str, ...]:
        asked.extend(candidates)
        return ()

    lists = ("%2C".join(str(20 * part + piece) for piece in range(20)) for part in range(100))
    assert len(asked_ids("&".join(f"ids={ids}" for ids in lists).encode(), catalogue)) == 100
    assert len(asked) < 3_000


def ids_of(answer: httpx.Response) -> list[str]:
    return [entry["product"]["product_id"] for entry in answer.json()["products"]]
