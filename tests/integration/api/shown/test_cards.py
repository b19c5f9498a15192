"""What a page is told of a product, and what it is not."""

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from personalization.domain.identifiers import ProductId
from personalization.domain.product import ProductDetails
from personalization.ports.stores import KeptStores
from personalization.settings.ranking import RankingSettings
from personalization.settings.redis import RedisSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings
from tests.builders.product import a_product
from tests.waiting import eventually

SHIRT = ProductId("shirt-1")
CARD = f"/v1/products/{SHIRT}"


@pytest.fixture
def settings(tmp_path: Path, redis_url: str) -> CoreSettings:
    return CoreSettings(
        storage=StorageSettings(home=tmp_path),
        redis=RedisSettings(url=redis_url),
        ranking=RankingSettings(catalogue_seconds=0.02),
    )


def test_a_card_says_where_and_in_what_a_product_is_sold_and_never_what_it_costs(
    client: httpx.Client, kept_stores: KeptStores
) -> None:
    details = ProductDetails(
        product_id=SHIRT, page_url="https://shop.example/1", sizes=("S", "M"), cost=1.2345
    )
    catalogue = kept_stores.catalogue
    catalogue.write_products([a_product(brand="Linen & Co", list_price=59.0, stock=0)])
    catalogue.write_details([details])
    card = client.get(CARD).json()
    assert (card["brand"], card["list_price"]) == ("Linen & Co", 59.0)
    assert card["availability"] == "out_of_stock"
    assert (card["page_url"], card["sizes"]) == ("https://shop.example/1", ["S", "M"])
    assert "cost" not in card
    assert "1.2345" not in client.get(CARD).text

    catalogue.write_details([replace(details, page_url="https://shop.example/one")])
    eventually(lambda: client.get(CARD).json()["page_url"] == "https://shop.example/one")


def test_products_similar_to_a_variant_are_those_similar_to_its_parent(
    client: httpx.Client, kept_stores: KeptStores
) -> None:
    large = a_product(product_id=ProductId("shirt-1-l"), group_id=SHIRT, size="L")
    kept_stores.catalogue.write_products([large])
    card = client.get("/v1/products/shirt-1-l").json()
    assert (card["group_id"], card["size"]) == (SHIRT, "L")
    of_variant = client.get("/v1/products/shirt-1-l/similar").json()
    assert of_variant == client.get(f"{CARD}/similar").json()
    assert [found["product"]["product_id"] for found in of_variant["products"]] == ["shirt-2"]
