import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from fastapi import FastAPI

from api.edge.config import EdgeConfig
from api.edge.prompt_answers import PromptAnswers
from api.edge.prompt_protocol import PromptProtocol
from api.edge.protocol import GuardedProtocol
from api.operations import create_operations_app
from api.profiles.stream_hub import StreamHub
from personalization.settings.serving import ServingSettings

TICKS_PER_SWEEP: Final = 2
"""Uvicorn ticks ten times a second; limits of time are looked at every other time."""


class EdgeServer(uvicorn.Server):
    """Uvicorn behind the limits of the edge."""

    def __init__(self, config: EdgeConfig) -> None:
        super().__init__(config)
        self._gate = config.gate

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS_PER_SWEEP == 0:
            self._gate.sweep(asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    def port(self) -> int:
        """Return the port in use, once `started` is true."""
        address: tuple[str, int] = self.servers[0].sockets[0].getsockname()
        return address[1]


class OperationsServer(EdgeServer):
    """Runs beside the public server, on its loop."""

    async def begin(self) -> None:
        self.config.load()
        self.lifespan = self.config.lifespan_class(self.config)
        await self.startup()
        self._loop = asyncio.create_task(self.main_loop(), name="operations")

    async def end(self) -> None:
        self.should_exit = True
        await self._loop
        await self.shutdown()


class ApiServer(EdgeServer):
    """The public server, which ends the streams itself since they would never finish."""

    def __init__(self, app: FastAPI, settings: ServingSettings, *, is_first: bool = True) -> None:
        """Serve operations and end on signals, unless the first process of several does."""
        address = (settings.host, settings.port)
        hot: PromptAnswers = app.state.hot_requests
        super().__init__(
            EdgeConfig(app, settings, address, PromptProtocol, lifespan="on", prompt_answers=hot)
        )
        self.operations = _operations_server(app, settings) if is_first else None
        self._is_first = is_first
        self._hub: StreamHub = app.state.api.hub
        self._on_started: Callable[[], None] | None = None
        self._on_stopping: Callable[[], None] | None = None

    def on_started(self, call: Callable[[], None]) -> None:
        self._on_started = call

    def on_stopping(self, call: Callable[[], None]) -> None:
        self._on_stopping = call

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        if self.operations is not None:
            await self.operations.begin()
        await super().startup(sockets)
        if self.started and self._on_started is not None:
            self._on_started()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End on a signal without raising it again, which would kill us with stores open."""
        if not self._is_first:
            yield
            return
        with super().capture_signals():
            yield
            self._captured_signals.clear()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._on_stopping is not None:
            self._on_stopping()
        self._hub.close_streams()
        await super().shutdown(sockets)
        if self.operations is not None:
            await self.operations.end()


def _operations_server(app: FastAPI, settings: ServingSettings) -> OperationsServer | None:
    host, port = settings.operations_address
    if port is None:
        return None
    operations = create_operations_app(app)
    config = EdgeConfig(operations, settings, (host, port), GuardedProtocol, lifespan="off")
    return OperationsServer(config)
