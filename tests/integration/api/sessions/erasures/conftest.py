"""The devices and roles of the tests of logins, and a worker whose time a test moves."""

import pytest

from personalization.erasure.open_worker import erasure_worker
from personalization.erasure.worker import ErasureWorker
from realtime.wiring import RoleResources
from tests.builders.settable_clock import SettableClock
from tests.integration.api.sessions.logins.conftest import base, clock, laptop, phone, roles

__all__ = ["base", "clock", "laptop", "phone", "roles"]


@pytest.fixture
def later() -> SettableClock:
    """Return the clock of the worker."""
    return SettableClock()


@pytest.fixture
def worker(base: RoleResources, later: SettableClock) -> ErasureWorker:
    return erasure_worker(base.settings.storage, base.kept, base.live, later)
