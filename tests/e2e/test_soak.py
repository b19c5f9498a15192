"""The short form of `benchmarks/soak.py`, and what a served shop does without descriptors."""

import asyncio
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import httpx
import pytest

from benchmarks.soak import ServedShop, make_shop, serve_shop, traffic
from tests.e2e.shop_process import Visitor
from tests.waiting import eventually

SECONDS = 2.0
MOST_DESCRIPTORS = 230
"""Of two processes: nine files of few connections each, Redis, and the clients' own sixteen."""
MOST_THREADS = 70
SPARE = 12
"""Descriptors that are left to the shop, fewer than the connections that are opened."""
READS = 40


def descriptors_of(shop: ServedShop) -> int:
    """Return how many the API's process has open."""
    return len(list(Path(f"/proc/{shop.pid}/fd").iterdir()))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    """Return a generated shop that is being served."""
    home = tmp_path_factory.mktemp("soak") / "home"
    with serve_shop(home, *make_shop(home)) as shop_served:
        yield shop_served


def test_descriptors_and_threads_do_not_grow_with_the_requests(shop: ServedShop) -> None:
    asyncio.run(traffic(shop, SECONDS, None))
    before = shop.look(time.monotonic())
    for _ in range(2):
        asyncio.run(traffic(shop, SECONDS, None))
    after = shop.look(time.monotonic())

    assert after.answered > before.answered > 0
    # As fast as it can be asked, the shop tells a few to come again.
    assert shop.statuses.keys() <= {200, 202, 503}
    assert shop.statuses[503] < shop.statuses[202]
    assert after.descriptors <= max(before.descriptors + 8, MOST_DESCRIPTORS)
    assert after.descriptors <= MOST_DESCRIPTORS
    assert after.threads <= MOST_THREADS


def test_a_shop_that_ran_out_of_descriptors_serves_everything_once_it_has_some(
    shop: ServedShop,
) -> None:
    host, port = httpx.URL(shop.address).host, httpx.URL(shop.address).port
    held = []
    with httpx.Client(base_url=shop.address, timeout=10) as client:
        assert client.get("/health/live").status_code == 200
        limit = descriptors_of(shop) + SPARE
        _, hard = resource.prlimit(shop.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(shop.pid, resource.RLIMIT_NOFILE, (limit, hard))
        for _ in range(2 * SPARE):
            with suppress(OSError):
                held.append(socket.create_connection((host, port), timeout=1))
        eventually(lambda: descriptors_of(shop) >= limit)
        for number in range(READS):
            product = shop.products[number % len(shop.products)]
            assert client.get(f"/v1/products/{product}").status_code < 500
        for connection in held:
            connection.close()
        eventually(lambda: descriptors_of(shop) < limit)

    with closing(httpx.Client(base_url=shop.address, timeout=10)) as client:
        visitor, product = Visitor(client), shop.products[0]
        eventually(lambda: client.get("/health/ready").status_code == 200)
        answer = visitor.track(
            {"type": "product_view", "occurred_at": int(time.time() * 1000), "product_id": product}
        )
        assert [verdict["verdict"] for verdict in answer["verdicts"]] == ["accepted"]
        visitor.profile_after(product)
        for path in (f"/v1/products/{product}", "/v1/categories", "/"):
            assert client.get(path).status_code == 200
