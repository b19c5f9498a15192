import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from fastapi import FastAPI

from api.profiles.stream_hub import StreamHub
from personalization.settings.serving import ServingSettings

GRACE_SECONDS: Final = 5
"""How long requests under way may take once the server is stopping."""
BACKLOG: Final = 2_048


class ApiServer(uvicorn.Server):
    """Uvicorn, which ends the streams itself since they would never finish."""

    def __init__(self, app: FastAPI, settings: ServingSettings) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=settings.host,
                port=settings.port,
                log_config=None,
                access_log=False,
                server_header=False,
                backlog=BACKLOG,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        self._hub: StreamHub = app.state.api.hub
        self._on_started: Callable[[], None] | None = None

    def on_started(self, call: Callable[[], None]) -> None:
        self._on_started = call

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self._on_started is not None:
            self._on_started()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End on a signal without raising it again, which would kill us with stores open."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._hub.close_streams()
        await super().shutdown(sockets)

    def port(self) -> int:
        """Return the port in use, once `started` is true."""
        address: tuple[str, int] = self.servers[0].sockets[0].getsockname()
        return address[1]
