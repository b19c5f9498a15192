"""Lets a request through to its route if the key that it shows allows it."""

from dataclasses import replace
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem_response
from api.http.access_log import KEY_ID
from api.http.sender_check import BOUND_PAGE, NO_ROUTE, is_same_origin
from api.keys.callers import find_caller, set_caller
from api.keys.cross_site import KEY_REFUSED
from api.keys.key_check import KeyCheck
from api.keys.key_limits import KeyLimits
from api.keys.key_problems import KeyRefusal
from api.keys.key_use import use_key
from api.keys.route_index import AppRoutes
from api.keys.shown_key import ShownKey, shown_key, without_bearer_keys
from personalization.domain.access.api_key import ApiKey
from personalization.telemetry.metrics import REQUESTS_REFUSED

_HOST: Final = b"host"


class KeyGate:
    def __init__(self, app: ASGIApp, check: KeyCheck, routes: AppRoutes, limits: KeyLimits) -> None:
        self._app = app
        self._check = check
        self._routes = routes
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._admit(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self._app(scope, receive, self._telling(scope, send))
            return
        scope[KEY_REFUSED] = True
        REQUESTS_REFUSED.labels(refusal.kind.slug).inc()
        response = problem_response(
            scope["path"], refusal.kind, refusal.detail, headers=refusal.headers
        )
        await response(scope, receive, send)

    def _admit(self, scope: Scope) -> KeyRefusal | None:
        needed = self._routes.of(scope["app"]).find(scope["method"], scope["path"])
        if needed is None:
            # Nobody answers there, which the router says, to pages of every site.
            scope[NO_ROUTE] = True
            return None
        # For the line of the log, should the router never see the request.
        scope["route"] = needed.route
        shown = _shown_key(scope)
        verdict = self._check.judge(needed.needs[scope["method"]], shown)
        if isinstance(verdict, KeyRefusal):
            return verdict
        set_caller(scope, verdict)
        return self._use(verdict.key, scope, shown) if verdict.key is not None else None

    def _use(self, key: ApiKey, scope: Scope, shown: ShownKey) -> KeyRefusal | None:
        scope[KEY_ID] = key.key_id
        if shown.origins:
            scope[BOUND_PAGE] = True
        scope["headers"] = without_bearer_keys(scope["headers"])
        client = scope.get("client")
        return use_key(self._limits, key, client[0] if client else "")

    def _telling(self, scope: Scope, send: Send) -> Send:
        """Return what sends the limits of the request's key with its answer."""
        caller = find_caller(scope)
        key = caller.key if caller is not None else None
        if key is None:
            return send

        async def send_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *self._limits.fields(key)]
            await send(message)

        return send_limits


def _shown_key(scope: Scope) -> ShownKey:
    headers = scope["headers"]
    shown = shown_key(headers, scope["query_string"])
    if not shown.origins or not shown.texts:
        return shown
    host = b"".join(value for name, value in headers if name == _HOST).decode("latin-1")
    is_own = all(is_same_origin(origin.decode("latin-1"), scope, host) for origin in shown.origins)
    return replace(shown, is_own_page=is_own)
