"""Kafka and Cassandra, really running, for the tests that ask for them.

A stack that already runs is used where `FITTING_ROOM_TEST_STACK` names its folder, so that a
developer waits for it once. Where the jars are missing a test is skipped with the reason; in
CI (`CI` is set) it fails.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stack.errors import StackUnavailableError
from stack.stack import Stack


@pytest.fixture(scope="session")
def kafka_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a running broker."""
    with running("kafka", tmp_path_factory) as address:
        yield address


@pytest.fixture(scope="session")
def cassandra_contact_points(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a running node."""
    with running("cassandra", tmp_path_factory) as address:
        yield address


@contextmanager
def running(service: str, folders: pytest.TempPathFactory) -> Iterator[str]:
    """Run one service, or find it running, and yield its address."""
    found = os.environ.get("FITTING_ROOM_TEST_STACK")
    folder = Path(found) if found else folders.mktemp("stack")
    stack = stack_or_skip(folder, service)
    try:
        stack.up()
        yield stack.servers[service].address
    finally:
        if not found:
            stack.down()


def stack_or_skip(folder: Path, service: str) -> Stack:
    """Return the stack of one service; skip the test where its jars are missing."""
    try:
        return Stack(folder, [service])
    except StackUnavailableError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
