"""Two devices over an API whose roles a test moves on by hand."""

from collections.abc import Iterator

import httpx
import pytest

from api.state import ApiServices
from personalization.domain.clock import SystemClock
from personalization.ports.stores import KeptStores, LiveStores
from personalization.wiring import CoreSettings
from realtime.wiring import RoleResources
from tests.integration.api.sessions.people import Roles, SharedDevice, roles_by_hand


@pytest.fixture
def clock() -> SystemClock:
    """Return the clock that the real-time service goes by as well."""
    return SystemClock()


@pytest.fixture
def base(settings: CoreSettings, kept_stores: KeptStores, live: LiveStores) -> RoleResources:
    """Return the resources that the roles share."""
    return RoleResources(settings, kept_stores, live)


@pytest.fixture
def roles(services: ApiServices, base: RoleResources) -> Iterator[Roles]:
    """Return the roles, over a shop that has its priors."""
    del services
    with roles_by_hand(base) as made:
        yield made


@pytest.fixture
def phone(client: httpx.Client, services: ApiServices) -> SharedDevice:
    """Return a device whose visit has not begun."""
    return SharedDevice(client, services)


@pytest.fixture
def laptop(stranger: httpx.Client, services: ApiServices) -> SharedDevice:
    """Return another device."""
    return SharedDevice(stranger, services)
