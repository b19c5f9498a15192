"""Where a demonstration names shoppers anybody can log in as one of them, and as nobody else."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import httpx
import pytest

from api.keys.shown_key import KEY_HEADER
from api.state import ApiServices
from tests.builders.access.known_keys import SERVER
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
    assert answer.json()["user_id"] == "sample:Ada"
    logged_in = device.log_in("Ada", user_token=answer.json()["user_token"])
    assert logged_in.json()["user_id"] == "sample:Ada"


def test_a_sample_shopper_is_nobody_of_the_shop(
    demonstration: httpx.Client, services: ApiServices
) -> None:
    own = SharedDevice(demonstration, services)
    own.send("shirt-1")
    assert own.log_in("Ada").json()["user_id"] == "Ada"

    token = demonstration.post("/v1/sample-shoppers/Ada/token").json()["user_token"]
    assert own.log_in("", user_token=token).json()["type"] == "/problems/other-user"


@pytest.mark.parametrize("user", ["sample:Ada", "sample:", "sample:anybody"])
def test_the_shop_vouches_for_no_sample_shopper(services: ApiServices, user: str) -> None:
    with (
        serve(services) as address,
        httpx.Client(base_url=address, headers={KEY_HEADER: SERVER}) as server,
    ):
        for answer in (
            server.post(f"/v1/users/{user}/token", json={}),
            server.post("/v1/users/-/token", params={"id": user}, json={}),
            server.post(f"/v1/sessions/{uuid4()}/login", json={"user_id": user}),
        ):
            assert answer.status_code == 422
            assert "sample shoppers" in answer.json()["detail"]
        assert server.post("/v1/users/sampled/token", json={}).status_code == 200


def test_a_start_says_that_anybody_may_log_in(
    demonstration: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    assert demonstration.get("/v1/sample-shoppers").is_success
    records = caplog.get_records("setup")
    said = [record.getMessage() for record in records if record.name == "api.app"]
    assert any("anybody may log in" in line for line in said)
    assert not any("Ada" in line for line in said)


@pytest.mark.parametrize("name", ["ada", "Ann", "..", "-", "Ada%00", "%F0%9F%A7%A5", "x" * 129])
def test_nobody_else_is_vouched_for(demonstration: httpx.Client, name: str) -> None:
    answer = demonstration.post(f"/v1/sample-shoppers/{name}/token")
    assert answer.status_code in {404, 405, 422}
    assert "user_token" not in answer.text
