"""The storefront's pages: one shell for all products and one for all categories."""

from typing import Final

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.errors import HANDLERS, NOT_FOUND, Kind, ProblemError, problem_response
from api.http.built_site import BuiltSite, SiteBody
from api.http.entity_tags import is_known_version
from api.state import state_of

NOT_BUILT: Final = Kind("storefront-not-built", "There is no storefront here", 503)
HOW_TO_BUILD: Final = (
    "The storefront has not been built here, or not to its end: run `make web`, then start the "
    "service again."
)
_BUILD_FOLDER: Final = "_next/"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_FOR_A_DAY: Final = "public, max-age=86400"
_NOSNIFF: Final = {"x-content-type-options": "nosniff"}
_METHODS: Final = ["GET", "HEAD"]
"""HEAD is what monitors and link checkers ask pages by."""
_PLAIN_PAGES: Final = ("search", "cart", "checkout", "account", "privacy")
_MISSING: Final = "404"
_BY_ACCEPT: Final = "accept"
_UNBUILT_PAGE: Final = (
    '<!doctype html><html lang="en"><meta charset="utf-8">'
    f"<title>{NOT_BUILT.title}</title><h1>{NOT_BUILT.title}</h1><p>{HOW_TO_BUILD}</p></html>"
)
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
    found = _site_of(request).file(_BUILD_FOLDER + path)
    if found is None:
        raise ProblemError(NOT_FOUND, "There is no such file in this release: reload the page.")
    return answer_file(request, found, {"cache-control": _FOR_EVER, **_NOSNIFF})


@router.api_route("/icon.svg", methods=_METHODS)
def icon(request: Request) -> Response:
    found = _site_of(request).file("icon.svg")
    if found is None:
        raise ProblemError(NOT_BUILT, HOW_TO_BUILD)
    return answer_file(request, found, {"cache-control": _FOR_A_DAY, **_NOSNIFF})


def site_page(request: Request, name: str, status: int = 200) -> Response:
    """Return a page of the build, or one that says how to build it."""
    app = request.app.state
    key = state_of(request.scope).services.settings.page_key
    page = _site_of(request).page(name, key, shows_operations=app.shows_operations)
    if page is None:
        return _without_build(request)
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
    may_be_page = request.method in _METHODS and not request.url.path.startswith(_FOR_PROGRAMS)
    if not (is_missing and may_be_page) or _site_of(request).fault:
        return await HANDLERS[HTTPException](request, error)
    if _takes_pages(request):
        answer = site_page(request, _MISSING, NOT_FOUND.status)
    else:
        answer = await HANDLERS[HTTPException](request, error)
    answer.headers.add_vary_header(_BY_ACCEPT)
    return answer


def answer_file(
    request: Request, found: SiteBody, headers: dict[str, str], status: int = 200
) -> Response:
    coding, body = found.best_for(request.headers.get("accept-encoding", ""))
    headers = {**headers, "etag": found.etag}
    if len(found.by_coding) > 1:
        headers["vary"] = "accept-encoding"
    if status == 200 and is_known_version(request, found.etag):  # noqa: PLR2004
        return Response(status_code=304, headers=headers)
    if coding:
        headers["content-encoding"] = coding
    return Response(body, status, headers, found.media_type)


def _without_build(request: Request) -> Response:
    headers = {"cache-control": "no-store", "vary": _BY_ACCEPT}
    if not _takes_pages(request):
        path = request.url.path
        return problem_response(path, NOT_BUILT, HOW_TO_BUILD, headers=headers)
    headers |= {"content-security-policy": "default-src 'none'", **_NOSNIFF}
    return Response(_UNBUILT_PAGE, NOT_BUILT.status, headers, "text/html; charset=utf-8")


def _takes_pages(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _site_of(request: Request) -> BuiltSite:
    return state_of(request.scope).services.site
