import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import msgspec
from prometheus_client import make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer


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
_JSON = ("Content-Type", "application/json")


class _Silent(WSGIRequestHandler):
    """Checks come every few seconds: a line for each would bury what matters."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - inherited
        """Log nothing."""


class HealthServer:
    """Serves from a thread of its own, listening at once; port 0 takes a free one."""

    def __init__(self, host: str, port: int, reports: Reports) -> None:
        metrics = make_wsgi_app()

        def answer(environ: dict[str, Any], start: Any) -> Iterable[bytes]:  # noqa: ANN401 - WSGI
            if environ["PATH_INFO"] == "/metrics":
                found: Iterable[bytes] = metrics(environ, start)
                return found
            if environ["PATH_INFO"] != "/health":
                start("404 Not Found", [_JSON])
                return [b'{"detail": "There are /health and /metrics."}']
            roles = reports()
            healthy = all(role_report.healthy for role_report in roles.values())
            start("200 OK" if healthy else "503 Service Unavailable", [_JSON])
            return [msgspec.json.encode({"healthy": healthy, "roles": roles})]

        self._server = make_server(host, port, answer, ThreadingWSGIServer, _Silent)
        self._thread = Thread(target=self._server.serve_forever, name="health", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.server_port

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
