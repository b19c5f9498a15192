"""A small shop behind the server as it runs in earnest, over embedded stores."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from uuid import UUID

import msgspec
from pydantic import SecretStr

from api.app import create_app
from api.keys.shown_key import KEY_HEADER
from api.server import ApiServer
from api.state import ApiServices
from api.wiring import build_services
from benchmarks.fuzz.keys import PAGE, TriedKey, write_keys
from benchmarks.fuzz.raw_request import RawRequest, send
from personalization.domain.identifiers import CategoryId, GenerationId, ProductId
from personalization.domain.prior import GLOBAL_SCOPE, Generation, PriorTable, RankedMember
from personalization.domain.product import Category, Product
from personalization.settings.admission import AdmissionSettings
from personalization.settings.key_limits import KeyLimitSettings
from personalization.settings.redis import RedisSettings
from personalization.settings.serving import ServingSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept, open_live

PRODUCTS = ("shirt-1", "shirt-2", "A/B-1", "a,b", "?#%2F", "..", "\U0001f455")
CATEGORY = "shirts"
SESSION = str(UUID(int=1))
STREAM_SECONDS = 0.02
"""A stream is an answer like any other here, so it has to end."""
_POLL_SECONDS = 0.02
MOST_WAITING = 1_000_000


@dataclass(frozen=True, slots=True)
class FuzzedShop:
    host: str
    port: int
    token: str
    """Of `SESSION`."""
    decision_id: str
    callers: Mapping[str, TriedKey]
    """With keys of every kind, by what they are."""

    @property
    def address(self) -> str:
        return f"http://{self.host}:{self.port}"


@contextmanager
def open_shop(
    home: Path, redis_url: str | None = None, *, needs_keys: bool = False
) -> Iterator[FuzzedShop]:
    """Serve the shop: to everybody on loopback, or as behind a proxy, where all need keys."""
    redis = RedisSettings(url=redis_url) if redis_url else RedisSettings()
    settings = CoreSettings(storage=StorageSettings(home=home), redis=redis)
    serving = ServingSettings(
        secret=SecretStr("fuzz"),
        port=0,
        stream_seconds=STREAM_SECONDS,
        maximum_batch=50,
        key_limits=KeyLimitSettings(publishable_address_per_second=MOST_WAITING),
        trusted_proxies=("192.0.2.1",) if needs_keys else (),
        allowed_hosts=("*",) if needs_keys else (),
        # Nobody makes profiles here, so every event would wait.
        admission=AdmissionSettings(fewest_waiting=MOST_WAITING, most_waiting=MOST_WAITING),
    )
    with open_kept(settings) as kept, open_live(settings, kept) as live:
        callers = write_keys(kept.plans)
        services = build_services(settings, serving, kept, live)
        _fill(services)
        server = ApiServer(create_app(services), serving)
        thread = Thread(target=server.run)
        thread.start()
        try:
            while not server.started:
                time.sleep(_POLL_SECONDS)
            yield _visit(serving.host, server.port(), callers)
        finally:
            server.should_exit = True
            thread.join()


def _fill(services: ApiServices) -> None:
    services.catalogue.write_categories([Category(category_id=CategoryId(CATEGORY), name="Shirts")])
    services.catalogue.write_products(
        [
            Product(product_id=ProductId(name), category_id=CategoryId(CATEGORY), title=name)
            for name in PRODUCTS
        ]
    )
    members = tuple(RankedMember(name, 1.0, 10.0, 5) for name in PRODUCTS)
    generation = Generation(
        generation_id=GenerationId("generation-1"),
        run_date=datetime.now(UTC).date(),
        created_at=datetime.now(UTC),
        rows_by_table={},
        absent={},
        parameters={},
    )
    services.priors.write_many(
        generation.generation_id,
        [
            ((PriorTable.POPULAR_PRODUCTS, GLOBAL_SCOPE), members),
            ((PriorTable.POPULAR_CATEGORIES, GLOBAL_SCOPE), (RankedMember(CATEGORY, 1.0, 9, 9),)),
            ((PriorTable.CATEGORY_LEADERS, CATEGORY), members),
            ((PriorTable.PRODUCT_AFFINITY, PRODUCTS[0]), members),
        ],
    )
    services.priors.register(generation)
    services.priors.promote(generation.generation_id)


def _visit(host: str, port: int, callers: Mapping[str, TriedKey]) -> FuzzedShop:
    """Return the shop after a first visit, whose token and decision are then tried."""
    event = {
        "type": "product_view",
        "event_id": "first",
        "session_id": SESSION,
        "occurred_at": datetime.now(UTC).isoformat(),
        "product_id": PRODUCTS[0],
    }
    key = (KEY_HEADER.encode(), callers[PAGE].text.encode())
    request = RawRequest(
        route="setup",
        method=b"POST",
        target=b"/v1/track",
        headers=(key,),
        body=msgspec.json.encode(event),
    )
    token = msgspec.json.decode(send(host, port, request).body)["session_token"]
    bearer = (b"Authorization", b"Bearer " + token.encode())
    path = f"/v1/profiles/{SESSION}".encode()
    asking = RawRequest(route="setup", target=path, headers=(key, bearer))
    profile = msgspec.json.decode(send(host, port, asking).body)
    return FuzzedShop(host, port, token, profile["decision_id"], callers)
