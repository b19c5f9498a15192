"""What an import changes is right in running processes: lists, profiles and pages."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category, Product
from personalization.ports.stores import KeptStores
from personalization.settings.ranking import RankingSettings
from personalization.settings.redis import RedisSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings
from tests.builders.moments import NOON
from tests.builders.wire_event import SESSION, a_wire_event
from tests.waiting import eventually

PATH = f"/v1/profiles/{SESSION}"
SHIRT = ProductId("shirt-2")


@pytest.fixture
def settings(tmp_path: Path, redis_url: str) -> CoreSettings:
    """Return settings by which changes are looked for all the time."""
    return CoreSettings(
        storage=StorageSettings(home=tmp_path),
        redis=RedisSettings(url=redis_url),
        ranking=RankingSettings(catalogue_seconds=0.02),
    )


def shirt_of(kept_stores: KeptStores) -> Product:
    return kept_stores.catalogue.read_products([SHIRT])[SHIRT]


def write(kept_stores: KeptStores, product: Product) -> None:
    kept_stores.catalogue.write_products([product])


def shown_products(client: httpx.Client) -> dict[str, object]:
    profile = client.get(PATH).json()
    prices: dict[str, object] = {slot["product_id"]: None for slot in profile["slate"]}
    return prices | {
        product["product_id"]: product["price"] for product in profile["score_data"]["products"]
    }


def test_a_changed_price_is_right_in_a_profile_that_was_made_before(
    client: httpx.Client, kept_stores: KeptStores
) -> None:
    before = client.get(PATH)
    assert SHIRT in shown_products(client)
    write(kept_stores, replace(shirt_of(kept_stores), price=1.25))
    eventually(lambda: shown_products(client)[SHIRT] == 1.25)
    after = client.get(PATH, headers={"if-none-match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.json()["decision_id"] == before.json()["decision_id"]
    assert client.get(f"/v1/products/{SHIRT}").json()["price"] == 1.25


def test_a_retired_product_leaves_profiles_and_lists_stays_on_its_page_and_comes_back(
    client: httpx.Client, kept_stores: KeptStores
) -> None:
    assert SHIRT in shown_products(client)
    shirt = shirt_of(kept_stores)
    category = f"/v1/categories/{shirt.category_id}/products"
    listed = client.get(category).text
    write(kept_stores, replace(shirt, retired_at=NOON - timedelta(seconds=1)))
    eventually(lambda: SHIRT not in shown_products(client))
    assert SHIRT not in client.get(category).text
    assert client.get(f"/v1/products/{SHIRT}").status_code == 200
    write(kept_stores, shirt)
    eventually(lambda: SHIRT in shown_products(client))
    assert client.get(category).text == listed


def test_a_moved_product_takes_events_of_its_new_category(
    client: httpx.Client, kept_stores: KeptStores
) -> None:
    client.get(PATH)
    kept_stores.catalogue.write_categories([Category(category_id=CategoryId("sale"), name="Sale")])
    write(kept_stores, replace(shirt_of(kept_stores), category_id=CategoryId("sale")))
    event = a_wire_event(product_id=SHIRT, category_id="sale")
    answer = client.post("/v1/track", json={"events": [event]})
    assert answer.json()["accepted"] == 1, answer.text
    eventually(
        lambda: (
            {"sale"}
            == {
                product["category_id"]
                for product in client.get(PATH).json()["score_data"]["products"]
                if product["product_id"] == SHIRT
            }
        )
    )
