from hashlib import sha256
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.errors import NOT_FOUND, ProblemError
from api.http.static_files import StorefrontFiles
from api.state import state_of

FILES: Final = StorefrontFiles()
ASSETS_PATH: Final = "/assets/{digest}/{name}"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE_HEADERS: Final = {
    "content-security-policy": _POLICY,
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}

_METHODS: Final = ["GET", "HEAD"]
"""HEAD is what monitors and link checkers ask pages by."""

router = APIRouter(include_in_schema=False)


@router.api_route("/", methods=_METHODS)
def home(request: Request) -> Response:
    """Return the home page."""
    return _page(request)


@router.api_route("/category/{category_id:id}", methods=_METHODS)
def category(request: Request, category_id: str) -> Response:
    """Return the page of a category; its script reads the id from the address."""
    del category_id
    return _page(request)


@router.api_route("/product/{product_id:id}", methods=_METHODS)
def product(request: Request, product_id: str) -> Response:
    """Return the page of a product; its script reads the id from the address."""
    del product_id
    return _page(request)


@router.api_route(ASSETS_PATH, methods=_METHODS)
def asset(digest: str, name: str) -> Response:
    """Return an asset; an address of an earlier release is gone."""
    found = FILES.asset(name) if digest == FILES.digest else None
    if found is None:
        raise ProblemError(NOT_FOUND, "There is no such asset in this release: reload the page.")
    headers = {"cache-control": _FOR_EVER, "x-content-type-options": "nosniff"}
    return Response(found.body, headers=headers, media_type=found.media_type)


def _page(request: Request) -> Response:
    app = request.app.state
    key = state_of(request.scope).services.settings.page_key
    body = FILES.page("index.html", shows_operations=app.shows_operations, key=key)
    etag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {**_PAGE_HEADERS, "etag": etag}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="text/html; charset=utf-8")
