"""Runs roles of the real-time service for part of a test."""

from collections.abc import Iterator
from contextlib import contextmanager

from realtime.main import RealtimeService
from realtime.wiring import RoleResources


@contextmanager
def running(base: RoleResources, *roles: str) -> Iterator[None]:
    """Run the roles; they must not have failed by the end."""
    service = RealtimeService(base, roles)
    service.start()
    try:
        yield
    finally:
        well = service.stop()
    assert well
