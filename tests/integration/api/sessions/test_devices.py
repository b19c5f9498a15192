"""A person on two devices, with the roles running, over files and over Kafka and Cassandra."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.state import ApiServices
from personalization.domain.clock import SystemClock
from personalization.domain.identifiers import SessionId
from personalization.ports.stores import KeptStores, LiveStores
from personalization.wiring import CoreSettings
from realtime.wiring import RoleResources
from tests.integration.api.sessions.people import SharedDevice, known_as
from tests.integration.roles import running
from tests.waiting import eventually

SECONDS = 20.0


@pytest.fixture
def clock() -> SystemClock:
    """Return the clock that the real-time service goes by as well."""
    return SystemClock()


@pytest.fixture
def settings(either_stack: CoreSettings) -> CoreSettings:
    """Return settings of a temporary home, over files or over Kafka and Cassandra."""
    return either_stack


def profiles_of(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


def test_a_login_reaches_the_open_page_and_a_logout_ends_it(
    client: httpx.Client,
    stranger: httpx.Client,
    services: ApiServices,
    settings: CoreSettings,
    kept_stores: KeptStores,
    live: LiveStores,
) -> None:
    phone, laptop = SharedDevice(client, services), SharedDevice(stranger, services)
    history = kept_stores.history
    with running(RoleResources(settings, kept_stores, live), "scorer", "history"):
        assert phone.log_in("ann").json()["brought_along"] == 0
        assert phone.send("shirt-2").status_code == 202
        mine = SessionId(phone.session_id)
        eventually(lambda: len(history.read_many([mine]).get(mine, ())) == 2, SECONDS)
        assert history.sessions_of(known_as(services, "ann"), 5) == [mine]

        laptop.send("shirt-1")
        eventually(lambda: laptop.profile()["recent_products"] == ["shirt-1"], SECONDS)
        path, shown = f"/v1/profiles/{laptop.session_id}/stream", laptop.headers
        with laptop.client.stream("GET", path, headers=shown, timeout=SECONDS) as stream:
            lines = stream.iter_lines()
            pushed = profiles_of(lines)
            assert next(pushed)["user_id"] is None
            assert laptop.log_in("ann").json()["brought_along"] == 1
            merged = next(pushed)
            assert merged["user_id"] == known_as(services, "ann")
            assert merged["recent_products"] == ["shirt-1", "shirt-2"]
            assert laptop.log_out().status_code == 200
            assert "connect again" in "\n".join(lines)
        assert laptop.client.get(path, headers=shown).status_code == 401
        assert laptop.profile()["recent_products"] == []
