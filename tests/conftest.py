"""What every suite may use: a real Redis, started once and emptied for each test."""

import os
from collections.abc import Iterator

import pytest
import redis
from hypothesis import settings

from personalization.adapters.redis.server import EmbeddedRedis

collect_ignore = ["dags"]
"""They need Airflow, and run in its environment: `tests/nightly/test_airflow.py` sees to it."""
pytest_plugins = ["tests.real_stack", "tests.spark_session"]

_FOR_TESTS = ("FITTING_ROOM_TEST_", "FITTING_ROOM_STACK_")


def pytest_configure() -> None:
    """Forget the settings of whoever starts the tests: a test names those it means."""
    for name in [name for name in os.environ if name.startswith("FITTING_ROOM_")]:
        if not name.startswith(_FOR_TESTS):
            del os.environ[name]
    # A busy machine takes its time over an example, which is no fault of what is tested.
    settings.register_profile("patient", deadline=None)
    settings.load_profile("patient")


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """Run one server for all tests."""
    with EmbeddedRedis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_url(redis_server: EmbeddedRedis) -> str:
    """Return the url of an empty Redis."""
    client = redis.Redis.from_url(redis_server.url)
    client.flushall()
    client.close()
    return redis_server.url
