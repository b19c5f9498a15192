"""A page that is open loses what is no longer sold, and shows it again once it is."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import httpx
import msgspec
import pytest

from personalization.domain.identifiers import ProductId
from personalization.domain.product import Availability, Product
from personalization.ports.stores import KeptStores
from personalization.settings.ranking import RankingSettings
from personalization.settings.redis import RedisSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings
from tests.builders.settable_clock import SettableClock
from tests.builders.wire_event import SESSION
from tests.waiting import LONGEST_SECONDS, eventually

PROFILE = f"/v1/profiles/{SESSION}"
SHIRT = ProductId("shirt-2")


@pytest.fixture
def settings(tmp_path: Path, redis_url: str) -> CoreSettings:
    """Return settings by which changes are looked for all the time, and rules hardly ever."""
    return CoreSettings(
        storage=StorageSettings(home=tmp_path),
        redis=RedisSettings(url=redis_url),
        ranking=RankingSettings(catalogue_seconds=0.02),
    )


class OpenPage:
    """Reads a stream on a thread of its own."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._profiles: Queue[dict[str, Any]] = Queue()
        Thread(target=self._read, args=(lines,), daemon=True).start()

    def _read(self, lines: Iterator[str]) -> None:
        try:
            for line in lines:
                if line.startswith("data: "):
                    self._profiles.put(msgspec.json.decode(line.removeprefix("data: ")))
        except httpx.HTTPError:
            return

    def next_products(self) -> dict[str, float]:
        profile = self._profiles.get(timeout=LONGEST_SECONDS)
        return {
            product["product_id"]: product["price"] for product in profile["score_data"]["products"]
        }


@pytest.fixture
def page(client: httpx.Client) -> Iterator[OpenPage]:
    client.get(PROFILE)
    with client.stream("GET", f"{PROFILE}/stream") as stream:
        yield OpenPage(stream.iter_lines())


@pytest.fixture
def shirt(kept_stores: KeptStores, page: OpenPage) -> Product:
    """Return a product that the page shows."""
    assert SHIRT in page.next_products()
    return kept_stores.catalogue.read_products([SHIRT])[SHIRT]


@pytest.mark.parametrize(
    "hidden",
    [
        {"stock": 0},
        {"availability": Availability.OUT_OF_STOCK},
        {"group_id": ProductId("shirts")},
        {"markets": ("pl",)},
    ],
    ids=str,
)
def test_an_open_page_loses_what_is_not_sold_and_has_it_again(
    page: OpenPage,
    shirt: Product,
    kept_stores: KeptStores,
    client: httpx.Client,
    hidden: dict[str, Any],
) -> None:
    def german_list() -> str:
        return client.get("/v1/categories/shirts/products", params={"region": "de"}).text

    kept_stores.catalogue.write_products([replace(shirt, **hidden)])
    if "markets" not in hidden:
        assert SHIRT not in page.next_products()
    eventually(lambda: SHIRT not in german_list())
    kept_stores.catalogue.write_products([shirt])
    if "markets" not in hidden:
        assert SHIRT in page.next_products()
    eventually(lambda: SHIRT in german_list())


def test_an_open_page_gets_the_new_price(
    page: OpenPage, shirt: Product, kept_stores: KeptStores
) -> None:
    kept_stores.catalogue.write_products([replace(shirt, price=5.5)])
    assert page.next_products()[SHIRT] == 5.5


def test_time_alone_ends_and_begins_a_sale_on_an_open_page(
    page: OpenPage,
    shirt: Product,
    kept_stores: KeptStores,
    clock: SettableClock,
    client: httpx.Client,
) -> None:
    hour = timedelta(hours=1)
    limited = replace(shirt, available_until=clock.now() + hour)
    kept_stores.catalogue.write_products([limited])
    eventually(lambda: SHIRT in client.get("/v1/categories/shirts/products").text)
    clock.advance(hour)
    assert SHIRT not in page.next_products()
    assert SHIRT not in client.get(PROFILE).text
    tomorrow = replace(shirt, available_from=clock.now() + hour)
    kept_stores.catalogue.write_products([tomorrow])
    clock.advance(hour)
    assert SHIRT in page.next_products()


def test_a_piece_less_sends_nothing(
    page: OpenPage, shirt: Product, kept_stores: KeptStores
) -> None:
    for stock in (3, 2, 1):
        kept_stores.catalogue.write_products([replace(shirt, stock=stock)])
    kept_stores.catalogue.write_products([replace(shirt, stock=1, price=7.0)])
    assert page.next_products()[SHIRT] == 7.0
