import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Thread
from typing import Final

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from personalization.settings.http_limits import HttpLimits


class RoleReport(msgspec.Struct, frozen=True):
    healthy: bool
    lag: int | None
    """Records not yet committed; None until first measured."""
    turned_seconds_ago: float
    waiting_for: str | None
    """The error of a store that does not answer; None while all answer."""
    failure: str | None = None
    """The error that ended the role; None while it runs."""


@dataclass(slots=True)
class RoleHealth:
    """Written by one thread, read by others: every field is replaced whole."""

    turned_at: float = field(default_factory=time.monotonic)
    lag: int | None = None
    waiting_for: str | None = None
    failed: bool = False
    failure: str | None = None

    def fail(self, error: Exception) -> None:
        self.failure = str(error) or type(error).__name__
        self.failed = True

    def note_turn(self) -> None:
        self.turned_at = time.monotonic()

    def report(self, stuck_seconds: float) -> RoleReport:
        ago = time.monotonic() - self.turned_at
        # Waiting for a store is not unhealthy: a restart would not help.
        stuck = ago > stuck_seconds and self.waiting_for is None
        return RoleReport(
            healthy=not self.failed and not stuck,
            lag=self.lag,
            turned_seconds_ago=round(ago, 3),
            waiting_for=self.waiting_for,
            failure=self.failure,
        )


Reports = Callable[[], Mapping[str, RoleReport]]
JSON: Final = "application/json"
MOST_CONNECTIONS: Final = 64
"""A supervisor and a collector of metrics need two."""
_HEAD_END: Final = b"\r\n\r\n"


class HealthServer:
    """Serves from one thread of its own, listening at once; port 0 takes a free one.

    One request a connection, with a limit of its size and of the time that it may take: whoever
    holds a connection open costs a thread nothing.
    """

    def __init__(
        self, host: str, port: int, reports: Reports, limits: HttpLimits | None = None
    ) -> None:
        self._reports = reports
        self._limits = limits or HttpLimits()
        self._open = 0
        self._loop = asyncio.new_event_loop()
        size = self._limits.request_line_bytes + self._limits.header_bytes
        starting = asyncio.start_server(self._serve, host, port, limit=size)
        try:
            self._server = self._loop.run_until_complete(starting)
        except OSError:
            self._loop.close()
            raise
        self._thread = Thread(target=self._loop.run_forever, name="health", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        address: tuple[str, int] = self._server.sockets[0].getsockname()
        return address[1]

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._end())
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        serving = asyncio.all_tasks() - {asyncio.current_task()}
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        # Transports that were closed just now are let go in the next turn.
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._open >= MOST_CONNECTIONS:
            writer.transport.abort()
            return
        self._open += 1
        try:
            async with asyncio.timeout(self._limits.header_seconds):
                writer.write(await self._answer(reader))
                await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
            writer.transport.abort()
        finally:
            self._open -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        try:
            head = await reader.readuntil(_HEAD_END)
        except asyncio.LimitOverrunError:
            return _answer_bytes(431, JSON, b'{"detail": "The headers are too large."}')
        method, _, rest = head.partition(b"\r\n")[0].partition(b" ")
        if method != b"GET":
            return _answer_bytes(405, JSON, b'{"detail": "Only GET is answered."}')
        path = rest.partition(b" ")[0].partition(b"?")[0]
        if path == b"/metrics":
            return _answer_bytes(200, CONTENT_TYPE_LATEST, generate_latest())
        if path != b"/health":
            return _answer_bytes(404, JSON, b'{"detail": "There are /health and /metrics."}')
        roles = self._reports()
        healthy = all(role_report.healthy for role_report in roles.values())
        body = msgspec.json.encode({"healthy": healthy, "roles": roles})
        return _answer_bytes(200 if healthy else 503, JSON, body)


def _answer_bytes(status: int, media_type: str, body: bytes) -> bytes:
    lines = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        f"Content-Type: {media_type}",
        f"Content-Length: {len(body)}",
        "X-Content-Type-Options: nosniff",
        "Cache-Control: no-store",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode() + body
