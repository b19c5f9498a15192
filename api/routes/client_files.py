"""The scripts by which a page of any site shows live rows: `/client/element.js`."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.errors import NOT_FOUND, Kind, ProblemError
from api.http.client_bundles import NAMES, ClientBundles
from api.routes.page import answer_file

BUNDLES: Final = ClientBundles()
NOT_BUILT: Final = Kind("client-not-built", "The scripts for pages are not built", 404)
_HEADERS: Final = {
    # A new release is found by the next page that asks; what is unchanged costs no body.
    "cache-control": "no-cache",
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "x-content-type-options": "nosniff",
}

router = APIRouter(include_in_schema=False)


@router.api_route("/client/{name}", methods=["GET", "HEAD"])
def client_file(request: Request, name: str) -> Response:
    """Return a script of `clients/js`."""
    if name not in NAMES:
        raise ProblemError(NOT_FOUND, f"The scripts here are {', '.join(NAMES)}.")
    found = BUNDLES.find(name)
    if found is None:
        raise ProblemError(
            NOT_BUILT, "Build it by `make web`; it is found here without starting again."
        )
    return answer_file(request, found, _HEADERS)
