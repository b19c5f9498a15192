"""The API over real stores in a temporary folder, with a tiny shop and its priors."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from api.state import ApiServices
from api.wiring import build_services
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.prior import GLOBAL_SCOPE, PriorTable
from personalization.domain.product import Category
from personalization.ports.event_log import EventLog
from personalization.ports.stores import KeptStores, LiveStores
from personalization.settings.redis import RedisSettings
from personalization.settings.serving import ServingSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept, open_live
from tests.builders.access.known_keys import write_known_keys
from tests.builders.generation import a_generation
from tests.builders.product import a_product
from tests.builders.ranked_list import a_ranked_list
from tests.builders.settable_clock import SettableClock
from tests.integration.api.serving import serve


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def settings(tmp_path: Path, redis_url: str) -> CoreSettings:
    return CoreSettings(storage=StorageSettings(home=tmp_path), redis=RedisSettings(url=redis_url))


@pytest.fixture
def serving() -> ServingSettings:
    return ServingSettings(secret=SecretStr("secret"), port=0, maximum_batch=5)


@pytest.fixture
def kept_stores(settings: CoreSettings) -> Iterator[KeptStores]:
    """Return the stores that are files."""
    with open_kept(settings) as opened:
        yield opened


@pytest.fixture
def live(settings: CoreSettings, kept_stores: KeptStores) -> Iterator[LiveStores]:
    """Return the log and what lives in Redis."""
    with open_live(settings, kept_stores) as opened:
        yield opened


@pytest.fixture
def log(live: LiveStores) -> EventLog:
    return live.log


@pytest.fixture
def empty_services(
    settings: CoreSettings,
    serving: ServingSettings,
    kept_stores: KeptStores,
    live: LiveStores,
    clock: SettableClock,
) -> ApiServices:
    """Return the services over a shop that has products and keys, but no priors yet."""
    write_known_keys(kept_stores.plans)
    services = build_services(settings, serving, kept_stores, live, clock)
    services.catalogue.write_categories([Category(category_id=CategoryId("shirts"), name="Shirts")])
    white = a_product(
        product_id=ProductId("shirt-2"),
        title="White linen shirt",
        price=41.0,
        image_url=None,
        rating=None,
    )
    services.catalogue.write_products([a_product(), white])
    return services


@pytest.fixture
def services(empty_services: ApiServices) -> ApiServices:
    """Return the services after a first night."""
    generation = a_generation()
    empty_services.priors.write_many(
        generation.generation_id,
        [
            ((PriorTable.POPULAR_PRODUCTS, GLOBAL_SCOPE), a_ranked_list()),
            ((PriorTable.POPULAR_CATEGORIES, GLOBAL_SCOPE), a_ranked_list("shirts")),
            ((PriorTable.CATEGORY_LEADERS, "shirts"), a_ranked_list()),
            ((PriorTable.PRODUCT_AFFINITY, "shirt-1"), a_ranked_list("shirt-2", "gone")),
        ],
    )
    empty_services.priors.register(generation)
    empty_services.priors.promote(generation.generation_id)
    return empty_services


@pytest.fixture
def address(services: ApiServices) -> Iterator[str]:
    with serve(services) as address:
        yield address


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    """Return a client that keeps cookies, as a browser does."""
    with httpx.Client(base_url=address) as client:
        yield client


@pytest.fixture
def stranger(address: str) -> Iterator[httpx.Client]:
    """Return a client of the same API without any cookie."""
    with httpx.Client(base_url=address) as client:
        yield client
