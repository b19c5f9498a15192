"""Who gets through to which route: every route of the application, called by every kind of caller.

The expected verdicts stand here, not in the table that they check. A new route needs a row here.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import uuid4

import httpx
import pytest

from api.app import create_app
from api.keys.route_tree import RouteTree
from api.keys.shown_key import KEY_HEADER
from api.state import ApiServices
from personalization.domain.access.api_key import (
    PUBLISHABLE_SCOPES,
    SCOPES_OF,
    SERVER_SCOPES,
    AccessRole,
    Scope,
)
from personalization.settings.key_limits import KeyLimitSettings
from tests.builders.access.known_keys import (
    EXPIRED,
    FORMER,
    OF_ROLE,
    PUBLISHABLE,
    REVOKED,
    ROTATED,
    SERVER,
    SHOP_PAGE,
    WRONG,
)
from tests.integration.api.serving import serve_app

PAGES: Final = "pages"
"""Open to everybody."""
OPERATIONS: Final = "operations"
"""Open on loopback, elsewhere to secret keys."""
NEEDS: Final[Mapping[tuple[str, str], Scope | str]] = {
    ("POST", "/v1/track"): Scope.TRACK,
    ("GET", "/v1/profiles/{session_id}"): Scope.PROFILES,
    ("HEAD", "/v1/profiles/{session_id}"): Scope.PROFILES,
    ("GET", "/v1/profiles/{session_id}/stream"): Scope.PROFILES,
    ("POST", "/v1/recommendations"): Scope.RECOMMENDATIONS,
    ("POST", "/v1/rank"): Scope.RECOMMENDATIONS,
    ("GET", "/v1/explanations/{decision_id}"): Scope.PROFILES,
    ("GET", "/v1/sessions/{session_id}/explanation"): Scope.PROFILES,
    ("GET", "/v1/sessions/{session_id}/decisions"): Scope.PROFILES,
    ("DELETE", "/v1/sessions/{session_id}"): Scope.TRACK,
    ("POST", "/v1/sessions/{session_id}/login"): Scope.TRACK,
    ("POST", "/v1/sessions/{session_id}/logout"): Scope.TRACK,
    ("POST", "/v1/erasures"): Scope.IDENTITY,
    ("GET", "/v1/erasures/{request_id}"): Scope.TRACK,
    ("POST", "/v1/sessions/{session_id}/erasure"): Scope.TRACK,
    ("GET", "/v1/sessions/{session_id}/export"): Scope.TRACK,
    ("GET", "/v1/sessions/{session_id}/consent"): Scope.TRACK,
    ("POST", "/v1/sessions/{session_id}/consent"): Scope.TRACK,
    ("POST", "/v1/users/{user_id:id}/token"): Scope.IDENTITY,
    ("GET", "/v1/sample-shoppers"): Scope.TRACK,
    ("POST", "/v1/sample-shoppers/{name:id}/token"): Scope.TRACK,
    ("GET", "/v1/products"): Scope.RECOMMENDATIONS,
    ("GET", "/v1/products/{product_id:id}"): Scope.RECOMMENDATIONS,
    ("GET", "/v1/products/{product_id:id}/similar"): Scope.RECOMMENDATIONS,
    ("GET", "/v1/search"): Scope.RECOMMENDATIONS,
    ("GET", "/v1/categories"): Scope.RECOMMENDATIONS,
    ("GET", "/v1/placements"): Scope.RECOMMENDATIONS,
    ("GET", "/v1/categories/{category_id:id}/products"): Scope.RECOMMENDATIONS,
    ("GET", "/v1/admin/rules"): Scope.RULES_READ,
    ("PUT", "/v1/admin/rules"): Scope.RULES_WRITE,
    ("GET", "/v1/admin/rules/{rule_id}"): Scope.RULES_READ,
    ("PUT", "/v1/admin/rules/{rule_id}"): Scope.RULES_WRITE,
    ("DELETE", "/v1/admin/rules/{rule_id}"): Scope.RULES_WRITE,
    ("POST", "/v1/admin/rule-checks"): Scope.RULES_READ,
    ("GET", "/v1/admin/rule-versions"): Scope.RULES_READ,
    ("GET", "/v1/admin/rule-versions/{version}"): Scope.RULES_READ,
    ("POST", "/v1/admin/stock"): Scope.RULES_WRITE,
    ("GET", "/v1/admin/placements"): Scope.PLACEMENTS_READ,
    ("PUT", "/v1/admin/placements"): Scope.PLACEMENTS_WRITE,
    ("DELETE", "/v1/admin/placements"): Scope.PLACEMENTS_WRITE,
    ("POST", "/v1/admin/placement-checks"): Scope.PLACEMENTS_READ,
    ("GET", "/v1/admin/placements/{name}"): Scope.PLACEMENTS_READ,
    ("PUT", "/v1/admin/placements/{name}"): Scope.PLACEMENTS_WRITE,
    ("DELETE", "/v1/admin/placements/{name}"): Scope.PLACEMENTS_WRITE,
    ("GET", "/v1/admin/experiments"): Scope.EXPERIMENTS_READ,
    ("POST", "/v1/admin/experiments"): Scope.EXPERIMENTS_WRITE,
    ("GET", "/v1/admin/experiments/{experiment_id}"): Scope.EXPERIMENTS_READ,
    ("GET", "/v1/admin/experiments/{experiment_id}/report"): Scope.EXPERIMENTS_READ,
    ("POST", "/v1/admin/experiments/{experiment_id}/stop"): Scope.EXPERIMENTS_WRITE,
    ("POST", "/v1/admin/experiment-checks"): Scope.EXPERIMENTS_WRITE,
    ("GET", "/v1/admin/snapshots"): Scope.MODELS_READ,
    ("GET", "/v1/admin/snapshots/{version}/check"): Scope.MODELS_READ,
    ("POST", "/v1/admin/snapshots/{version}/rollback"): Scope.MODELS_WRITE,
    ("GET", "/v1/admin/generations"): Scope.GENERATIONS_READ,
    ("GET", "/v1/admin/generations/{generation_id}"): Scope.GENERATIONS_READ,
    ("POST", "/v1/admin/generations/{generation_id}/promote"): Scope.GENERATIONS_WRITE,
    ("POST", "/v1/admin/generations/rollback"): Scope.GENERATIONS_WRITE,
    ("GET", "/v1/admin/dead-letters"): Scope.DEAD_LETTERS_READ,
    ("GET", "/v1/admin/dead-letters/{place}"): Scope.DEAD_LETTERS_READ,
    ("POST", "/v1/admin/dead-letters/redrive"): Scope.DEAD_LETTERS_WRITE,
    ("POST", "/v1/admin/dead-letters/discard"): Scope.DEAD_LETTERS_WRITE,
    ("GET", "/v1/admin/decisions/{decision_id}"): Scope.EXPLANATIONS_READ,
    ("GET", "/v1/admin/decisions/{decision_id}/why-not"): Scope.EXPLANATIONS_READ,
    ("GET", "/v1/admin/sessions/{session_id}/explanation"): Scope.EXPLANATIONS_READ,
    ("GET", "/v1/admin/sessions/{session_id}/profile"): Scope.EXPLANATIONS_READ,
    ("GET", "/v1/admin/sessions/{session_id}/decisions"): Scope.EXPLANATIONS_READ,
    ("GET", "/v1/admin/sessions/{session_id}/events"): Scope.EXPLANATIONS_READ,
    ("GET", "/v1/catalogue/products"): Scope.CATALOGUE_READ,
    ("PUT", "/v1/catalogue/products"): Scope.CATALOGUE_WRITE,
    ("GET", "/v1/catalogue/products/{product_id:id}"): Scope.CATALOGUE_READ,
    ("PATCH", "/v1/catalogue/products/{product_id:id}"): Scope.CATALOGUE_WRITE,
    ("DELETE", "/v1/catalogue/products/{product_id:id}"): Scope.CATALOGUE_WRITE,
    ("POST", "/v1/catalogue/availability"): Scope.CATALOGUE_WRITE,
    ("GET", "/v1/catalogue/categories"): Scope.CATALOGUE_READ,
    ("PUT", "/v1/catalogue/categories"): Scope.CATALOGUE_WRITE,
    ("GET", "/v1/catalogue/categories/{category_id:id}"): Scope.CATALOGUE_READ,
    ("PATCH", "/v1/catalogue/categories/{category_id:id}"): Scope.CATALOGUE_WRITE,
    ("DELETE", "/v1/catalogue/categories/{category_id:id}"): Scope.CATALOGUE_WRITE,
    ("GET", "/v1/admin/keys"): Scope.KEYS_READ,
    ("POST", "/v1/admin/keys"): Scope.KEYS_WRITE,
    ("POST", "/v1/admin/keys/{key_id}/rotate"): Scope.KEYS_WRITE,
    ("PATCH", "/v1/admin/keys/{key_id}"): Scope.KEYS_WRITE,
    ("DELETE", "/v1/admin/keys/{key_id}"): Scope.KEYS_WRITE,
    ("GET", "/v1/admin/audit"): Scope.AUDIT_READ,
    ("GET", "/"): PAGES,
    ("HEAD", "/"): PAGES,
    ("GET", "/category/{category_id:id}"): PAGES,
    ("HEAD", "/category/{category_id:id}"): PAGES,
    ("GET", "/product/{product_id:id}"): PAGES,
    ("HEAD", "/product/{product_id:id}"): PAGES,
    ("GET", "/search"): PAGES,
    ("HEAD", "/search"): PAGES,
    ("GET", "/cart"): PAGES,
    ("HEAD", "/cart"): PAGES,
    ("GET", "/checkout"): PAGES,
    ("HEAD", "/checkout"): PAGES,
    ("GET", "/account"): PAGES,
    ("HEAD", "/account"): PAGES,
    ("GET", "/privacy"): PAGES,
    ("HEAD", "/privacy"): PAGES,
    ("GET", "/icon.svg"): PAGES,
    ("HEAD", "/icon.svg"): PAGES,
    ("GET", "/_next/{path:path}"): PAGES,
    ("HEAD", "/_next/{path:path}"): PAGES,
    ("GET", "/client/{name}"): PAGES,
    ("HEAD", "/client/{name}"): PAGES,
    ("GET", "/pictures/{name}"): PAGES,
    ("HEAD", "/pictures/{name}"): PAGES,
    ("GET", "/health/live"): PAGES,
    ("GET", "/health/ready"): PAGES,
    ("GET", "/metrics"): OPERATIONS,
    ("GET", "/openapi.json"): OPERATIONS,
    ("GET", "/docs"): OPERATIONS,
    ("GET", "/docs/{name}"): OPERATIONS,
}
REFUSED: Final = frozenset({"key-missing", "key-refused", "key-scope", "secret-key-in-page"}) | {
    "key-origin",
    "closed-route",
}
THROUGH: Final = "through"
PLENTY: Final = 1_000_000
IN_PATHS: Final = {
    "{request_id}": "nothing",
    "{rule_id}": "none",
    "{version}": "1",
    "{experiment_id}": "none",
    "{generation_id}": "none",
    "{place}": "0:0",
    "{session_id}": str(uuid4()),
    "{decision_id}": "none",
    "{key_id}": "none00000000",
    "{user_id:id}": "ann",
    "{product_id:id}": "shirt-1",
    "{category_id:id}": "shirts",
    "{path:path}": "none.js",
    "{name:id}": "nobody",
    "{name}": "none",
}


@dataclass(frozen=True)
class CallerKind:
    """One who calls, and what answers: `THROUGH`, or the problem of the gate."""

    name: str
    key: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    elsewhere: bool = True
    """Whether the server is one that others can reach."""
    scopes: frozenset[Scope] = frozenset()
    is_secret: bool = False
    always: str | None = None
    """The answer of every route that is not open to everybody."""

    def verdict_on(self, need: Scope | str) -> str:
        if need == PAGES or (need == OPERATIONS and not self.elsewhere):
            return THROUGH
        if self.key is None:
            is_open = not self.elsewhere and need in PUBLISHABLE_SCOPES
            return THROUGH if is_open else "key-missing"
        if self.always is not None:
            return self.always
        allowed = self.is_secret if need == OPERATIONS else need in self.scopes
        return THROUGH if allowed else "key-scope"


def _with_role(role: AccessRole) -> CallerKind:
    return CallerKind(
        f"secret key of the role {role}", OF_ROLE[role], scopes=SCOPES_OF[role], is_secret=True
    )


SERVER_KEY: Final = CallerKind("secret key", SERVER, scopes=SERVER_SCOPES, is_secret=True)
PAGE_KEY: Final = CallerKind("publishable key", PUBLISHABLE, scopes=PUBLISHABLE_SCOPES)
CALLERS: Final = (
    CallerKind("nobody, on loopback", elsewhere=False),
    CallerKind("nobody"),
    PAGE_KEY,
    replace(PAGE_KEY, name="publishable key, its page", headers={"origin": SHOP_PAGE}),
    replace(
        PAGE_KEY,
        name="publishable key, another page",
        headers={"origin": "https://evil.example"},
        always="key-origin",
    ),
    SERVER_KEY,
    replace(SERVER_KEY, name="secret key, on loopback", elsewhere=False),
    replace(
        SERVER_KEY,
        name="secret key in a page",
        headers={"origin": SHOP_PAGE},
        always="secret-key-in-page",
    ),
    *map(_with_role, AccessRole),
    replace(SERVER_KEY, name="secret of a rotation under way", key=ROTATED),
    CallerKind("revoked key", REVOKED, always="key-refused"),
    CallerKind("expired key", EXPIRED, always="key-refused"),
    CallerKind("former secret of a key", FORMER, always="key-refused"),
    CallerKind("wrong key, on loopback", WRONG, elsewhere=False, always="key-refused"),
)


@pytest.fixture
def addresses(services: ApiServices) -> Iterator[Mapping[bool, str]]:
    """Return the address of a server for this machine, and of one that is behind a proxy."""
    # Whoever calls so often is not to be answered that it does.
    plenty = KeyLimitSettings(
        publishable_address_per_second=PLENTY,
        publishable_per_second=PLENTY,
        secret_per_second=PLENTY,
    )
    own = services.settings.model_copy(update={"key_limits": plenty})
    proxied = own.model_copy(update={"trusted_proxies": ("192.0.2.1",)})
    with ExitStack() as stack:
        yield {
            elsewhere: stack.enter_context(
                serve_app(create_app(replace(services, settings=settings)), settings)
            )[0]
            for elsewhere, settings in ((False, own), (True, proxied))
        }


def _routes_of(services: ApiServices) -> set[tuple[str, str]]:
    routes = RouteTree(create_app(services).router).routes
    return {(method, route.path or "") for route in routes for method in route.methods or ()}


def test_every_route_has_its_row_and_every_row_its_route(services: ApiServices) -> None:
    assert _routes_of(services) == set(NEEDS)


def test_every_caller_gets_through_to_its_own_routes_only(
    addresses: Mapping[bool, str],
) -> None:
    wrong: list[str] = []
    with httpx.Client() as client:
        for caller in CALLERS:
            for (method, template), need in NEEDS.items():
                url = addresses[caller.elsewhere] + _path_of(template)
                status, verdict = _call(client, method, url, caller)
                expected = caller.verdict_on(need)
                if verdict != expected or status >= 500:
                    wrong.append(f"{caller.name}: {method} {template}: {status} {verdict}")

    assert wrong == []


def _path_of(template: str) -> str:
    # Another one each time: a session that one caller has ended is closed to the next.
    template = template.replace("{session_id}", str(uuid4()))
    for name, value in IN_PATHS.items():
        template = template.replace(name, value)
    assert "{" not in template, "say what stands in the path"
    return template


def _call(client: httpx.Client, method: str, url: str, caller: CallerKind) -> tuple[int, str]:
    """Return the status, and which problem of the gate was the answer, if any."""
    headers = {**caller.headers, **({KEY_HEADER: caller.key} if caller.key else {})}
    # Streams have no end: the beginning is the answer.
    with client.stream(method, url, headers=headers) as answer:
        if answer.status_code < 400 or method == "HEAD":
            is_through = answer.status_code not in (401, 403)
            return answer.status_code, THROUGH if is_through else caller.verdict_on(Scope.PROFILES)
        problem = answer.read()
    slug = answer.json()["type"].removeprefix("/problems/") if problem else ""
    return answer.status_code, slug if slug in REFUSED else THROUGH
