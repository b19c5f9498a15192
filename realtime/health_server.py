"""Answers `/health` and `/metrics` for a process that serves nothing else."""

from collections.abc import Callable, Iterable, Mapping
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import msgspec
from prometheus_client import make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

from realtime.health import RoleReport

Reports = Callable[[], Mapping[str, RoleReport]]
_JSON = ("Content-Type", "application/json")


class _Silent(WSGIRequestHandler):
    """Checks come every few seconds: a line for each would bury what matters."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - inherited
        """Log nothing."""


class HealthServer:
    """Serves on a thread of its own until closed."""

    def __init__(self, host: str, port: int, reports: Reports) -> None:
        """Listen at once; port 0 takes a free one."""
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
        """The port that is listened on."""
        return self._server.server_port

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
