"""The shop of the API's tests, and both clients."""

from collections.abc import Iterator
from typing import Any, cast

import pytest
from fitting_room_client import FittingRoom
from pydantic import SecretStr

from personalization.settings.serving import ServingSettings
from tests.builders.access.known_keys import SERVER
from tests.clients.python.either_room import KINDS, OpenRoom
from tests.clients.python.turned_clock import TurnedClock
from tests.integration.api.conftest import (
    address,
    clock,
    empty_services,
    kept_stores,
    live,
    log,
    services,
    settings,
)

__all__ = [
    "address", "clock", "empty_services", "kept_stores", "live", "log", "services", "settings",
]  # fmt: skip


@pytest.fixture
def serving() -> ServingSettings:
    return ServingSettings(secret=SecretStr("secret"), port=0)


@pytest.fixture
def call_clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture(params=list(KINDS))
def open_room(request: pytest.FixtureRequest, call_clock: TurnedClock) -> Iterator[OpenRoom]:
    """Open clients of one kind, and close them at the end."""
    opened: list[FittingRoom] = []

    def open_room_of_kind(base_url: str, key: str = SERVER, **options: Any) -> FittingRoom:
        room = KINDS[request.param](base_url, key, **{"clock": call_clock, **options})
        opened.append(room)
        return room

    yield cast(OpenRoom, open_room_of_kind)
    for room in opened:
        room.close()


@pytest.fixture
def room(open_room: OpenRoom, address: str) -> FittingRoom:
    return open_room(address)
