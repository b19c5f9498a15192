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
    ("GET", "/v1/explanations/{decision_id}"): Scope.PROFILES,
    ("GET", "/v1/sessions/{session_id}/explanation"): Scope.PROFILES,
    ("GET", "/v1/sessions/{session_id}/decisions"): Scope.PROFILES,
    ("DELETE", "/v1/sessions/{session_id}"): Scope.TRACK,
    ("GET", "/v1/products"): Scope.RECOMMENDATIONS,
    ("GET", "/v1/products/{product_id:id}"): Scope.RECOMMENDATIONS,
    ("GET", "/v1/products/{product_id:id}/similar"): Scope.RECOMMENDATIONS,
    ("GET", "/v1/categories"): Scope.RECOMMENDATIONS,
    ("GET", "/v1/categories/{category_id:id}/products"): Scope.RECOMMENDATIONS,
    # The page of this service.
    ("GET", "/"): PUBLIC,
    ("GET", "/category/{category_id:id}"): PUBLIC,
    ("GET", "/product/{product_id:id}"): PUBLIC,
    ("GET", "/assets/{digest}/{name}"): PUBLIC,
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
