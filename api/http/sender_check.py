"""Who may send: pages of our own site and of listed ones, and whoever is no browser.

A browser sends a visitor's cookie with a request of any site's page, and says in `Origin` and
`Sec-Fetch-Site` whose page it was; a page cannot change either.
"""

from functools import lru_cache
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import FOREIGN_ORIGIN, UNKNOWN_HOST, Kind, problem_response
from personalization.settings.serving import ServingSettings
from personalization.telemetry.metrics import REQUESTS_REFUSED

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITES: Final = frozenset({"same-origin", "none"})
"""What `Sec-Fetch-Site` says of our own pages and of what people type."""
LONGEST: Final = 300
"""Characters of an origin or a host: a name has 253 at most."""
BOUND_PAGE: Final = "fitting_room.bound_page"
"""In the scope of a request whose key is bound to the page that sent it."""
NO_ROUTE: Final = "fitting_room.no_route"
"""In the scope of a request that no route will answer: whoever sends it is told that."""
_PORTS: Final = {"http": 80, "https": 443}
_DETAILS: Final = {
    FOREIGN_ORIGIN: "Send it from the shop's own pages, with a publishable key that is bound to "
    "your site, or let the operator list it in FITTING_ROOM_API_ALLOWED_ORIGINS.",
    UNKNOWN_HOST: "Use the shop's own address, or let the operator list this name in "
    "FITTING_ROOM_API_ALLOWED_HOSTS.",
}


class SenderCheck:
    def __init__(self, app: ASGIApp, settings: ServingSettings) -> None:
        self._app = app
        self._origins = {origin.lower().rstrip("/") for origin in settings.allowed_origins}
        self._hosts = AnsweredHosts(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self._app(scope, receive, send)
            return
        REQUESTS_REFUSED.labels(refusal.slug).inc()
        response = problem_response(scope["path"], refusal, _DETAILS[refusal])
        await response(scope, receive, send)

    def _refusal(self, scope: Scope) -> Kind | None:
        headers = Headers(scope=scope)
        if not self._hosts.include(headers.get("host", "")):
            return UNKNOWN_HOST
        if (
            scope["method"] in SAFE_METHODS
            or not scope.keys().isdisjoint((BOUND_PAGE, NO_ROUTE))
            or self._is_welcome(scope, headers)
        ):
            return None
        return FOREIGN_ORIGIN

    def _is_welcome(self, scope: Scope, headers: Headers) -> bool:
        sent = headers.getlist("origin")
        listed = len(sent) == 1 and bool({sent[0].lower(), "*"} & self._origins)
        if listed:
            return True
        if not OWN_SITES.issuperset(headers.getlist("sec-fetch-site")):
            return False
        # Without an origin it is no page of a browser: a shop's server, a command.
        return all(is_same_origin(text, scope, headers.get("host", "")) for text in sent)


def is_same_origin(origin: str, scope: Scope, host: str) -> bool:
    """Return whether a page of this origin is ours.

    One loaded over https is, also where a proxy that is not listed has taken off the TLS.
    """
    if len(origin) > LONGEST or len(host) > LONGEST:
        return False
    scheme, _, address = origin.partition("://")
    if scheme not in {scope["scheme"], "https"}:
        return False
    theirs, ours = _host_and_port(address, scheme), _host_and_port(host, scheme)
    return theirs is not None and theirs == ours


@lru_cache(maxsize=1_024)
def _host_and_port(address: str, scheme: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(f"//{address}")
        port = parts.port
    except ValueError:
        return None
    is_bare = parts.netloc == address and parts.username is None
    if not parts.hostname or not is_bare:
        return None
    return parts.hostname, port if port is not None else _PORTS.get(scheme, 0)


class AnsweredHosts:
    """The names by which this server is called.

    A page of another site can have its own name lead to this machine, and would then be of our
    origin by all that `Origin` says. On loopback only this machine's own names are answered
    unless others are listed, or a proxy is, which knows by which names it is called.
    """

    def __init__(self, settings: ServingSettings) -> None:
        self._listed = {name.lower() for name in settings.allowed_hosts}
        self._own_only = (
            not self._listed and not settings.trusted_proxies and is_loopback(settings.host)
        )

    def include(self, host: str) -> bool:
        if not host or not (self._listed or self._own_only):
            return True
        if len(host) > LONGEST:
            return False
        address = _host_and_port(host, "http")
        name = address[0] if address is not None else ""
        if self._own_only:
            return is_loopback(name)
        return bool({name, "*", f"*.{name.partition('.')[2]}"} & self._listed)


@lru_cache(maxsize=1_024)
def is_loopback(name: str) -> bool:
    try:
        return ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
