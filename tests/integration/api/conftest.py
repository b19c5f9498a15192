"""The API over real stores in a temporary folder, with a tiny shop and its priors."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from api.services import Services
from api.wiring import ApiSettings, build_services
from personalization.adapters.sqlite.event_log import SqliteEventLog
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.prior import GLOBAL_SCOPE, PriorTable
from personalization.domain.product import Category
from personalization.ports.event_log import EventPublisher
from personalization.settings.redis import RedisSettings
from personalization.settings.serving import ServingSettings
from personalization.settings.storage import StorageSettings
from tests.builders.generation import a_generation
from tests.builders.product import a_product
from tests.builders.ranked_list import a_ranked_list
from tests.builders.settable_clock import SettableClock
from tests.integration.api.served import served


@pytest.fixture
def clock() -> SettableClock:
    """Return the clock of the API."""
    return SettableClock()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteEventLog]:
    """Return the log that the API publishes to."""
    log = SqliteEventLog(tmp_path / "event_log.sqlite")
    yield log
    log.close()


@pytest.fixture
def settings(tmp_path: Path, redis_url: str) -> ApiSettings:
    """Return settings of a temporary home."""
    return ApiSettings(
        serving=ServingSettings(secret=SecretStr("secret"), port=0, maximum_batch=5),
        storage=StorageSettings(home=tmp_path),
        redis=RedisSettings(url=redis_url),
    )


@pytest.fixture
def empty_services(
    settings: ApiSettings, log: EventPublisher, clock: SettableClock
) -> Iterator[Services]:
    """Return the services over a shop that has products but no priors yet."""
    services = build_services(settings, log, clock)
    services.catalogue.write_categories([Category(category_id=CategoryId("shirts"), name="Shirts")])
    services.catalogue.write_products(
        [a_product(), a_product(product_id=ProductId("shirt-2"), title="White linen shirt")]
    )
    yield services
    services.close()


@pytest.fixture
def services(empty_services: Services) -> Services:
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
def address(services: Services) -> Iterator[str]:
    """Return where the API is served."""
    with served(services) as address:
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
