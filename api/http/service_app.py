from typing import Final

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.types import Receive, Scope, Send

from api.http.own_cookies import with_own_cookies
from api.http.safe_headers import sending_safely

NO_SPANS: Final[TelemetryConfig] = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""FastAPI's own spans hold whole paths and queries, and so sessions' ids and keys of pages."""


class ServiceApp(FastAPI):
    """Sends every answer with safe headers, and reads no cookies but its own.

    Also those of a failure, whose answer is made outside of every middleware.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["headers"] = with_own_cookies(scope["headers"])
        await super().__call__(scope, receive, sending_safely(send))
