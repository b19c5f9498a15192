"""A change of the catalogue is seen by the API's process and by the scorer's."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from personalization.adapters.redis.profile_store import RedisProfileStore
from personalization.codec.json_codec import PROFILE
from personalization.domain.identifiers import CategoryId, ProductId, SessionId
from personalization.domain.prior import GLOBAL_SCOPE, PriorTable
from personalization.domain.product import Category
from personalization.ports.profile_store import StoredProfile
from personalization.ports.stores import KeptStores
from personalization.settings.redis import RedisSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept
from tests.builders.generation import a_generation
from tests.builders.product import a_product
from tests.builders.ranked_list import a_ranked_list
from tests.e2e.shop_process import ShopProcess, Visitor
from tests.waiting import eventually

_LOG = logging.getLogger(__name__)
SHOWN_WITHIN_SECONDS = 2.0
"""What is promised; a busy machine is given more."""
PATIENCE = 5
SHIRTS = tuple(ProductId(f"shirt-{number}") for number in range(1, 4))


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[KeptStores]:
    """Return the stores of a shop of three shirts after its first night."""
    with open_kept(CoreSettings(storage=StorageSettings(home=tmp_path))) as kept:
        kept.catalogue.write_categories([Category(category_id=CategoryId("shirts"), name="Shirts")])
        kept.catalogue.write_products([a_product(product_id=shirt) for shirt in SHIRTS])
        generation = a_generation()
        lists = [
            ((PriorTable.POPULAR_PRODUCTS, GLOBAL_SCOPE), a_ranked_list(*SHIRTS)),
            ((PriorTable.POPULAR_CATEGORIES, GLOBAL_SCOPE), a_ranked_list("shirts")),
        ]
        kept.priors.write_many(generation.generation_id, lists)
        kept.priors.register(generation)
        kept.priors.promote(generation.generation_id)
        yield kept


@pytest.fixture
def shop(stores: KeptStores, tmp_path: Path, redis_url: str) -> Iterator[ShopProcess]:
    """Return the service, whose roles run in a process beside its API."""
    assert stores.catalogue.product_count()
    with ShopProcess(tmp_path, FITTING_ROOM_REDIS_URL=redis_url) as process:
        yield process


def seconds_until(condition: Callable[[], bool]) -> float:
    began = time.monotonic()
    eventually(condition, PATIENCE * SHOWN_WITHIN_SECONDS)
    return time.monotonic() - began


def test_what_is_sold_out_or_back_is_seen_by_both_processes(
    shop: ShopProcess,
    stores: KeptStores,
    redis_url: str,
) -> None:
    visitor, sold = shop.visitor(), SHIRTS[1]
    with closing(RedisProfileStore(redis_url, RedisSettings())) as profiles:

        def is_decided() -> bool:
            """Have the scorer decide once more, and say whether it showed the shirt."""
            return sold in _products_decided_anew(visitor, profiles)

        def is_served() -> bool:
            served = visitor.profile()["score_data"]["products"]
            return sold in {product["product_id"] for product in served}

        assert is_served()
        assert is_decided()
        [shirt] = stores.catalogue.read_products([sold]).values()
        stores.catalogue.write_products([replace(shirt, stock=0)])
        _LOG.info("api_lost_seconds %.2f", seconds_until(lambda: not is_served()))
        _LOG.info("scorer_lost_seconds %.2f", seconds_until(lambda: not is_decided()))
        stores.catalogue.write_products([shirt])
        _LOG.info("scorer_back_seconds %.2f", seconds_until(is_decided))
        _LOG.info("api_back_seconds %.2f", seconds_until(is_served))


def _products_decided_anew(visitor: Visitor, profiles: RedisProfileStore) -> set[str]:
    """Return what the next profile shows, as the scorer has stored it."""
    session_id = SessionId(visitor.session_id)
    before = profiles.read_many([session_id])
    version = before[session_id].version if session_id in before else 0
    moment = datetime.now(UTC).isoformat()
    visitor.track({"type": "product_view", "product_id": SHIRTS[0], "occurred_at": moment})

    def find() -> StoredProfile | None:
        return profiles.read_many([session_id]).get(session_id)

    eventually(lambda: (found := find()) is not None and found.version > version)
    newest = find()
    assert newest is not None
    scores = PROFILE.decode(newest.body).score_data
    return {product.product_id for product in scores.products}
