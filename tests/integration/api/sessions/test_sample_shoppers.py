"""Where a demonstration names shoppers anybody can log in as one of them, and as nobody else."""

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from api.state import ApiServices
from tests.integration.api.serving import serve
from tests.integration.api.sessions.people import SharedDevice


@pytest.fixture
def demonstration(services: ApiServices) -> Iterator[httpx.Client]:
    settings = services.settings.model_copy(update={"sample_shoppers": ("Ada", "Ben")})
    shown = replace(services, settings=settings)
    with serve(shown) as address, httpx.Client(base_url=address) as opened:
        yield opened


def test_a_shop_has_no_sample_shoppers(client: httpx.Client) -> None:
    assert client.get("/v1/sample-shoppers").json() == {"names": []}
    assert client.post("/v1/sample-shoppers/Ada/token").status_code == 404


def test_anybody_logs_in_as_one_of_them(demonstration: httpx.Client, services: ApiServices) -> None:
    assert demonstration.get("/v1/sample-shoppers").json() == {"names": ["Ada", "Ben"]}
    answer = demonstration.post("/v1/sample-shoppers/Ada/token")
    assert answer.headers["cache-control"] == "no-store"
    device = SharedDevice(demonstration, services)
    device.send("shirt-1")
    logged_in = device.log_in("Ada", user_token=answer.json()["user_token"])
    assert logged_in.json()["user_id"] == "Ada"


@pytest.mark.parametrize("name", ["ada", "Ann", "..", "-", "Ada%00", "%F0%9F%A7%A5", "x" * 129])
def test_nobody_else_is_vouched_for(demonstration: httpx.Client, name: str) -> None:
    answer = demonstration.post(f"/v1/sample-shoppers/{name}/token")
    assert answer.status_code in {404, 405, 422}
    assert "user_token" not in answer.text
