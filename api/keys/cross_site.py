"""Lets pages of other sites read answers (CORS): by the origins of keys, without cookies.

A preflight has no key, so that it is answered for the origins of all keys. The request itself is
judged by its own key, and its answer can be read where that key, or its refusal, allows it.
"""

from collections.abc import Sequence
from typing import Final

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.sender_check import BOUND_PAGE, LONGEST, NO_ROUTE
from api.keys.page_origins import PageOrigins
from api.keys.route_index import AppRoutes
from api.keys.shown_key import KEY_HEADER
from api.sessions.session_auth import SECRET_HEADER
from api.sessions.session_cookies import TOKEN_HEADER
from api.tracking.request_events import TOKEN_HEADER as DECISION_HEADER
from api.tracking.request_events import USER_HEADER
from personalization.domain.access.api_key import PUBLISHABLE_SCOPES

KEY_REFUSED: Final = "fitting_room.key_refused"
"""In the scope of a request that the gate refused: its page may read why."""
ALLOWED_HEADERS: Final = (
    "authorization",
    "content-type",
    DECISION_HEADER,
    "last-event-id",
    "if-none-match",
    SECRET_HEADER,
    KEY_HEADER,
    USER_HEADER,
)
EXPOSED_HEADERS: Final = ("etag", TOKEN_HEADER, "ratelimit", "ratelimit-policy", "retry-after")
PREFLIGHT_SECONDS: Final = 600
_EXPOSED: Final = ", ".join(EXPOSED_HEADERS)


class CrossSite:
    def __init__(
        self, app: ASGIApp, listed: Sequence[str], origins: PageOrigins, routes: AppRoutes
    ) -> None:
        self._app = app
        self._listed = {origin.lower() for origin in listed}
        self._of_listed = _listed_origins(app, listed)
        self._origins = origins
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        origin = headers.get("origin", "").lower()
        if origin and not self._listed.isdisjoint((origin, "*")):
            await self._of_listed(scope, receive, send)
        elif not origin or len(origin) > LONGEST or not self._origins.include(origin):
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await self._preflight(scope, origin)(scope, receive, send)
        else:
            await self._app(scope, receive, _readable(send, scope, origin))

    def _preflight(self, scope: Scope, origin: str) -> Response:
        """Say how pages may call this path; what only secret keys may do is not for pages."""
        needs = self._routes.of(scope["app"]).needs_at(scope["path"])
        methods = sorted(method for method, need in needs.items() if need in PUBLISHABLE_SCOPES)
        fields = {
            "access-control-allow-origin": origin,
            "access-control-allow-methods": ", ".join(methods),
            "access-control-allow-headers": ", ".join(ALLOWED_HEADERS),
            "access-control-max-age": str(PREFLIGHT_SECONDS),
            "vary": "origin",
        }
        return Response(status_code=204 if methods else 404, headers=fields if methods else {})


def cors_fields(origin: bytes) -> list[tuple[bytes, bytes]]:
    """Return the headers by which a page of this origin may read an answer."""
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", _EXPOSED.encode()),
        (b"vary", b"origin"),
    ]


def _readable(send: Send, scope: Scope, origin: str) -> Send:
    async def send_readable(message: Message) -> None:
        may_read = not scope.keys().isdisjoint((BOUND_PAGE, KEY_REFUSED, NO_ROUTE))
        if message["type"] == "http.response.start" and may_read:
            fields = cors_fields(origin.encode("latin-1"))
            message["headers"] = [*message.get("headers", []), *fields]
        await send(message)

    return send_readable


def _listed_origins(app: ASGIApp, listed: Sequence[str]) -> ASGIApp:
    if not listed:
        return app
    return CORSMiddleware(
        app,
        allow_origins=list(listed),
        allow_methods=["GET", "POST"],
        allow_headers=list(ALLOWED_HEADERS),
        expose_headers=list(EXPOSED_HEADERS),
        allow_credentials=True,
    )
