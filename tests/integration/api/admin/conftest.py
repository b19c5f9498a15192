"""Callers of each role."""

from collections.abc import Iterator

import httpx
import pytest

from personalization.domain.access.api_key import AccessRole
from personalization.domain.clock import SystemClock
from tests.integration.api.admin.caller import calling_as


@pytest.fixture
def clock() -> SystemClock:
    """Return the clock that log and commands go by as well: it orders what was recorded."""
    return SystemClock()


@pytest.fixture
def viewer(address: str) -> Iterator[httpx.Client]:
    with calling_as(AccessRole.VIEWER, address) as client:
        yield client


@pytest.fixture
def merchandiser(address: str) -> Iterator[httpx.Client]:
    with calling_as(AccessRole.MERCHANDISER, address) as client:
        yield client


@pytest.fixture
def operator(address: str) -> Iterator[httpx.Client]:
    with calling_as(AccessRole.OPERATOR, address) as client:
        yield client
