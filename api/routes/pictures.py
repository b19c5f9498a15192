from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.errors import NOT_FOUND, ProblemError
from api.http.entity_tags import is_known_version
from api.state import state_of

_HEADERS: Final = {
    "cache-control": "public, max-age=86400",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'",
}
"""An address keeps its picture for a day; then its version is asked for."""

router = APIRouter(include_in_schema=False)


@router.api_route("/pictures/{name}", methods=["GET", "HEAD"])
def picture(request: Request, name: str) -> Response:
    """Return the picture of a product that an import has put here."""
    pictures = state_of(request.scope).services.pictures
    is_get = request.method == "GET"
    found = pictures.read(name, lambda etag: is_get and not is_known_version(request, etag))
    if found is None:
        raise ProblemError(NOT_FOUND, "There is no picture of this name.")
    headers = {**_HEADERS, "etag": found.etag}
    if is_known_version(request, found.etag):
        return Response(status_code=304, headers=headers)
    headers["content-length"] = str(found.size)
    return Response(found.body, headers=headers, media_type=found.media_type)
