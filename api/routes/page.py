"""The storefront's pages: one shell for all products and one for all categories."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.errors import HANDLERS, NOT_FOUND, Kind, ProblemError
from api.http.built_site import BuiltSite, SiteBody
from api.state import state_of

SITE: Final = BuiltSite()
NOT_BUILT: Final = Kind("storefront-not-built", "There is no storefront here", 503)
_HOW_TO_BUILD: Final = (
    "The storefront has not been built here: run `make web`, then start the service again."
)
_BUILD_FOLDER: Final = "_next/"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_FOR_A_DAY: Final = "public, max-age=86400"
_NOSNIFF: Final = {"x-content-type-options": "nosniff"}
_METHODS: Final = ["GET", "HEAD"]
"""HEAD is what monitors and link checkers ask pages by."""
_PLAIN_PAGES: Final = ("search", "cart", "checkout", "account", "privacy")
_MISSING: Final = "404"
_FOR_PROGRAMS: Final = ("/v1/", "/health/", "/metrics", "/docs", "/openapi")

router = APIRouter(include_in_schema=False)


@router.api_route("/", methods=_METHODS)
def home(request: Request) -> Response:
    """Return the home page."""
    return site_page(request, "index")


@router.api_route("/category/{category_id:id}", methods=_METHODS)
def category(request: Request, category_id: str) -> Response:
    """Return the shell of categories; its script reads the id from the address."""
    del category_id
    return site_page(request, "category/[id]")


@router.api_route("/product/{product_id:id}", methods=_METHODS)
def product(request: Request, product_id: str) -> Response:
    """Return the shell of products, also for one that has come after the build."""
    del product_id
    return site_page(request, "product/[id]")


def plain_page(request: Request) -> Response:
    """Return the page that has the name of its path."""
    return site_page(request, request.url.path.strip("/"))


for _name in _PLAIN_PAGES:
    router.add_api_route(f"/{_name}", plain_page, methods=_METHODS, name=_name)


@router.api_route("/_next/{path:path}", methods=_METHODS)
def built_file(request: Request, path: str) -> Response:
    """Return a file of the build; one of an earlier release is gone."""
    found = SITE.file(_BUILD_FOLDER + path)
    if found is None:
        raise ProblemError(NOT_FOUND, "There is no such file in this release: reload the page.")
    return answer_file(request, found, {"cache-control": _FOR_EVER, **_NOSNIFF})


@router.api_route("/icon.svg", methods=_METHODS)
def icon(request: Request) -> Response:
    found = SITE.file("icon.svg")
    if found is None:
        raise ProblemError(NOT_BUILT, _HOW_TO_BUILD)
    return answer_file(request, found, {"cache-control": _FOR_A_DAY, **_NOSNIFF})


def site_page(request: Request, name: str, status: int = 200) -> Response:
    """Return a page of the build; raises `ProblemError` where nothing was built."""
    app = request.app.state
    key = state_of(request.scope).services.settings.page_key
    page = SITE.page(name, key, shows_operations=app.shows_operations)
    if page is None:
        raise ProblemError(NOT_BUILT, _HOW_TO_BUILD)
    headers = {
        "content-security-policy": page.policy,
        "cache-control": "no-cache",
        "referrer-policy": "same-origin",
        **_NOSNIFF,
    }
    return answer_file(request, page.body, headers, status)


async def on_http_error(request: Request, error: Exception) -> Response:
    """Answer a browser that looks for a page which does not exist with one, others as ever."""
    is_missing = isinstance(error, HTTPException) and error.status_code == NOT_FOUND.status
    wants_page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    is_page = not request.url.path.startswith(_FOR_PROGRAMS)
    if is_missing and wants_page and is_page and SITE.is_built:
        return site_page(request, _MISSING, NOT_FOUND.status)
    return await HANDLERS[HTTPException](request, error)


def answer_file(
    request: Request, found: SiteBody, headers: dict[str, str], status: int = 200
) -> Response:
    coding, body = found.best_for(request.headers.get("accept-encoding", ""))
    headers = {**headers, "etag": found.etag, "vary": "accept-encoding"}
    if status == 200 and found.etag in request.headers.get("if-none-match", ""):  # noqa: PLR2004
        return Response(status_code=304, headers=headers)
    if coding:
        headers["content-encoding"] = coding
    return Response(body, status, headers, found.media_type)
