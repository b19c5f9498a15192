"""Runs the API as it runs in earnest, on a free port of the loopback interface."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from fastapi import FastAPI

from api.app import create_app
from api.server import ApiServer
from api.state import ApiServices
from personalization.settings.serving import ServingSettings
from tests.waiting import eventually


@contextmanager
def serve(services: ApiServices) -> Iterator[str]:
    """Serve on a thread; gives the address."""
    with serve_both(services) as (address, _):
        yield address


@contextmanager
def serve_both(services: ApiServices) -> Iterator[tuple[str, str | None]]:
    """Serve on a thread; gives the address and that of operations, if they have their own."""
    with serve_app(create_app(services), services.settings) as addresses:
        yield addresses


@contextmanager
def serve_app(app: FastAPI, settings: ServingSettings) -> Iterator[tuple[str, str | None]]:
    server = ApiServer(app, settings)
    thread = Thread(target=server.run)
    thread.start()
    try:
        eventually(lambda: server.started)
        operations = server.operations
        yield (
            f"http://127.0.0.1:{server.port()}",
            f"http://127.0.0.1:{operations.port()}" if operations is not None else None,
        )
    finally:
        server.should_exit = True
        thread.join()
