"""Unit tests have no network: a socket that is opened fails the test."""

from collections.abc import Iterator

import pytest
import pytest_socket


@pytest.fixture(autouse=True)
def _sockets_off() -> Iterator[None]:
    # Unix sockets stay, since an event loop wakes itself through a pair of them.
    pytest_socket.disable_socket(allow_unix_socket=True)
    yield
    pytest_socket.enable_socket()
