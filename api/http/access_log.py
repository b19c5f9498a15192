"""One line per request: route, status, time and the key's public id.

Never a session, a header, a query, a token or a key.
"""

import logging
import time
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOGGER: Final = logging.getLogger("api.access")
COUNTED: Final = "fitting_room.counted"
"""In the scope of a request that a metric counts already: under overload lines cost too much."""
KEY_ID: Final = "fitting_room.key_id"
"""In the scope of a request whose key holds: the part of the key that is no secret."""
NO_ROUTE: Final = "(no route)"
"""For paths that lead nowhere: what stands in them is not ours to keep."""


class AccessLog:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not logs_requests():
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            if COUNTED not in scope:
                route = getattr(scope.get("route"), "path", NO_ROUTE)
                log_request(scope["method"], route, status, began, scope.get(KEY_ID))


def logs_requests() -> bool:
    return LOGGER.isEnabledFor(logging.INFO)


def log_request(
    method: str, route: str, status: int, began: float, key_id: str | None = None
) -> None:
    """Write the line of a request that began then; `route` is the pattern, never its path.

    The pattern is such as /v1/profiles/{session_id}: a path holds the session's id.
    """
    fields: dict[str, object] = {
        "method": method,
        "path": route,
        "status": status,
        "milliseconds": round((time.perf_counter() - began) * 1000, 2),
    }
    if key_id is not None:
        fields["key"] = key_id
    LOGGER.info("request", extra={"fields": fields})
