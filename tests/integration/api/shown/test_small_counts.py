"""No answer that a page can read tells how many people a few are."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from api.keys.shown_key import KEY_HEADER
from api.state import ApiServices
from personalization.domain.access.api_key import AccessRole
from personalization.domain.identifiers import GenerationId, ProductId
from personalization.domain.prior import GLOBAL_SCOPE, PriorTable, RankedList, RankedMember
from personalization.domain.privacy.small_counts import SmallCountsAs
from personalization.settings.privacy import PrivacySettings
from personalization.settings.redis import RedisSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings
from tests.builders.access.known_keys import OF_ROLE
from tests.builders.generation import a_generation
from tests.builders.product import a_product
from tests.builders.wire_event import SESSION, a_wire_event
from tests.integration.api.serving import serve

PEOPLE: Final = 7919
"""No other number of an answer is written so."""
FEW, MANY, ALL = (
    PrivacySettings(smallest_count=10_000),
    PrivacySettings(smallest_count=1_000),
    PrivacySettings(smallest_count=0),
)
PATHS: Final = (
    "/v1/products?ids=shirt-1,shirt-2",
    "/v1/products/shirt-1",
    "/v1/products/shirt-1/similar",
    "/v1/categories",
    "/v1/categories/shirts/products",
    f"/v1/profiles/{SESSION}",
    f"/v1/sessions/{SESSION}/explanation",
)
"""What a page reads that numbers of people could be in."""


def _members(*member_ids: str, value: float = PEOPLE) -> RankedList:
    return tuple(RankedMember(name, 1 / PEOPLE, float(value), PEOPLE) for name in member_ids)


TABLES: Final = {
    (PriorTable.POPULAR_PRODUCTS, GLOBAL_SCOPE): _members("shirt-1", "shirt-2"),
    (PriorTable.POPULAR_CATEGORIES, GLOBAL_SCOPE): _members("shirts"),
    (PriorTable.CATEGORY_LEADERS, "shirts"): _members("shirt-1", "shirt-2"),
    (PriorTable.PRODUCT_AFFINITY, "shirt-1"): _members("shirt-2"),
    (PriorTable.BUNDLES, "shirt-1"): _members("shirt-1+shirt-2", value=1.84),
    (PriorTable.BUNDLE_PRODUCTS, "shirt-1+shirt-2"): _members("shirt-1", "shirt-2"),
    (PriorTable.TRENDING, GLOBAL_SCOPE): _members("shirt-2", value=2.345),
}


@pytest.fixture
def privacy() -> PrivacySettings:
    """Return what a test sets otherwise."""
    return FEW


@pytest.fixture
def settings(tmp_path: Path, redis_url: str, privacy: PrivacySettings) -> CoreSettings:
    return CoreSettings(
        storage=StorageSettings(home=tmp_path), redis=RedisSettings(url=redis_url), privacy=privacy
    )


@pytest.fixture
def services(empty_services: ApiServices) -> ApiServices:
    services, generation = empty_services, a_generation(generation_id=GenerationId("few"))
    services.catalogue.write_products(
        [
            a_product(product_id=ProductId(name), rating_count=PEOPLE, bought_last_month=PEOPLE)
            for name in ("shirt-1", "shirt-2")
        ]
    )
    services.priors.write_many(generation.generation_id, TABLES.items())
    services.priors.register(generation)
    services.priors.promote(generation.generation_id)
    return services


@pytest.fixture
def client(services: ApiServices) -> Iterator[httpx.Client]:
    with serve(services) as address, httpx.Client(base_url=address) as client:
        client.post("/v1/track", json=a_wire_event()).raise_for_status()
        yield client


def answers(client: httpx.Client) -> dict[str, str]:
    client.get(f"/v1/profiles/{SESSION}").raise_for_status()
    found = {path: client.get(path).raise_for_status().text for path in PATHS}
    row = {"session_id": SESSION, "rows": [{"strategy": "bundles", "product_id": "shirt-1"}]}
    found["rows"] = client.post("/v1/recommendations", json=row).raise_for_status().text
    return {path: text.replace(",", "") for path, text in found.items()}


def counts_asked_for(client: httpx.Client, field: str, *bounds: float) -> list[int]:
    """Return how many products a page finds that have at least so many."""

    def find(bound: float) -> int:
        row = {"strategy": "popular", "filter": {"field": field, "at_least": bound}}
        asked: dict[str, Any] = {"session_id": SESSION, "rows": [row]}
        return len(client.post("/v1/recommendations", json=asked).json()["rows"][0]["items"])

    return [find(bound) for bound in bounds]


@pytest.mark.parametrize(
    "privacy",
    [FEW, PrivacySettings(smallest_count=10_000, small_counts=SmallCountsAs.ROUND)],
    ids=["omit", "round"],
)
def test_nothing_tells_of_too_few(client: httpx.Client) -> None:
    for path, text in answers(client).items():
        assert str(PEOPLE) not in text, path
    card = client.get("/v1/products/shirt-1").json()
    assert not card["rating_count"]
    [similar] = client.get("/v1/products/shirt-1/similar").json()["products"]
    assert not similar["support"]
    assert (similar["value"], similar["strength"]) == (None, None)
    for field in ("rating_count", "bought_last_month"):
        assert counts_asked_for(client, field, 1, PEOPLE, PEOPLE + 1, 10_000) == [0, 0, 0, 0]


@pytest.mark.parametrize("privacy", [MANY])
def test_larger_numbers_are_rounded_down(client: httpx.Client) -> None:
    said = answers(client)
    assert not [path for path, text in said.items() if str(PEOPLE) in text]
    assert "by 7000 shoppers or more" in said[f"/v1/profiles/{SESSION}"]
    assert "7000 shoppers or more lately" in said[f"/v1/profiles/{SESSION}"]
    assert "by 7000 shoppers or more" in said[f"/v1/sessions/{SESSION}/explanation"]
    assert client.get("/v1/products/shirt-1").json()["rating_count"] == 7_000
    [leader, *_] = client.get("/v1/categories/shirts/products").json()["products"]
    assert (leader["support"], leader["value"]) == (7_000, 7_900.0)
    [category] = client.get("/v1/categories").json()["categories"]
    assert (category["support"], category["value"]) == (7_000, 7_900.0)
    bounds = (7_000, 7_001, PEOPLE, 8_000)
    assert counts_asked_for(client, "rating_count", *bounds) == [2, 0, 0, 0]


@pytest.mark.parametrize("privacy", [ALL])
def test_a_shop_may_publish_every_number(client: httpx.Client) -> None:
    told = {path for path, text in answers(client).items() if str(PEOPLE) in text}
    # Rows say what they are made of in words without numbers.
    assert told == set(PATHS)
    assert counts_asked_for(client, "rating_count", PEOPLE, PEOPLE + 1) == [2, 0]


def test_who_runs_the_shop_is_told_every_number(client: httpx.Client) -> None:
    shown = client.get(f"/v1/profiles/{SESSION}").json()
    headers = {KEY_HEADER: OF_ROLE[AccessRole.OPERATOR]}
    kept = f"/v1/admin/sessions/{SESSION}"
    for path in (f"{kept}/profile", f"{kept}/explanation"):
        assert f"by {PEOPLE} shoppers" in client.get(path, headers=headers).text
    assert shown["bundled_discount_suggestions"][0]["reason"].endswith("with Blue linen shirt")


@pytest.mark.parametrize("privacy", [ALL])
def test_what_was_stored_under_another_setting_is_published_by_the_one_of_now(
    client: httpx.Client, services: ApiServices
) -> None:
    before = client.get(f"/v1/profiles/{SESSION}")
    assert str(PEOPLE) in before.text
    object.__setattr__(services, "small_counts", FEW.counts)
    with serve(services) as address, httpx.Client(base_url=address) as other:
        other.cookies.update(client.cookies)
        now = other.get(f"/v1/profiles/{SESSION}")
    assert now.json()["decision_id"] == before.json()["decision_id"]
    assert str(PEOPLE) not in now.text.replace(",", "")
    assert now.headers["etag"] != before.headers["etag"]
