"""What each route needs: a route without a row is refused, so that none is open by accident."""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from personalization.domain.access.api_key import Scope


class Openness(Enum):
    """Needs of routes that no scope of a key stands for."""

    PUBLIC = "public"
    OPERATIONS = "operations"


PUBLIC: Final = Openness.PUBLIC
"""Answers everybody: pages and their files, and whether the service lives."""
OPERATIONS: Final = Openness.OPERATIONS
"""Read by those who run the service: open on a port of their own and on loopback, elsewhere with
any secret key."""

Need = Scope | Openness

ROUTE_NEEDS: Final[Mapping[tuple[str, str], Need]] = {
    # What the pages of a shop call.
    ("POST", "/v1/track"): Scope.TRACK,
    ("GET", "/v1/profiles/{session_id}"): Scope.PROFILES,
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
    # Operators.
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
    # The shop's own catalogue.
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
    # The page of this service.
    ("GET", "/"): PUBLIC,
    ("GET", "/category/{category_id:id}"): PUBLIC,
    ("GET", "/product/{product_id:id}"): PUBLIC,
    ("GET", "/search"): PUBLIC,
    ("GET", "/cart"): PUBLIC,
    ("GET", "/checkout"): PUBLIC,
    ("GET", "/account"): PUBLIC,
    ("GET", "/privacy"): PUBLIC,
    ("GET", "/icon.svg"): PUBLIC,
    ("GET", "/_next/{path:path}"): PUBLIC,
    # Scripts for pages of any site.
    ("GET", "/client/{name}"): PUBLIC,
    ("GET", "/pictures/{name}"): PUBLIC,
    # Operations.
    ("GET", "/health/live"): PUBLIC,
    ("GET", "/health/ready"): PUBLIC,
    ("GET", "/metrics"): OPERATIONS,
    ("GET", "/openapi.json"): OPERATIONS,
    ("GET", "/docs"): OPERATIONS,
    ("GET", "/docs/{name}"): OPERATIONS,
}
"""By method and path template; HEAD needs what GET needs."""


def need_of(
    method: str, template: str, needs: Mapping[tuple[str, str], Need] = ROUTE_NEEDS
) -> Need | None:
    """Return the need of a route, None where no row says it."""
    return needs.get(("GET" if method == "HEAD" else method, template))
