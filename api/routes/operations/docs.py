"""`/docs`: Swagger UI from the files of a package, so that nothing is loaded from elsewhere."""

from importlib import resources
from typing import Final

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.errors import NOT_FOUND, ProblemError

_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>Fitting Room API</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
  <div id="api"></div>
  <script src="/docs/swagger-ui-bundle.js"></script>
  <script src="/docs/start.js"></script>
</body>
</html>
"""
# Without an address of a validator Swagger UI would send the document to one of its makers.
_START: Final = """\
SwaggerUIBundle({ url: "/openapi.json", dom_id: "#api", deepLinking: true, validatorUrl: null });
"""
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_KINDS: Final = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
}
_HEADERS: Final = {"content-security-policy": _POLICY, "cache-control": "no-cache"}

router = APIRouter(include_in_schema=False)


@router.get("/openapi.json")
def read_document(request: Request) -> Response:
    """Return the OpenAPI document of the public API."""
    document = request.app.state.public.openapi()
    return Response(msgspec.json.encode(document), media_type="application/json")


@router.get("/docs")
def read_docs() -> Response:
    """Return the page; its script reads the document."""
    return Response(_PAGE, headers=_HEADERS, media_type="text/html; charset=utf-8")


@router.get("/docs/{name}")
def read_docs_file(name: str) -> Response:
    """Return one of the page's files."""
    if name == "start.js":
        return Response(_START, headers=_HEADERS, media_type="text/javascript; charset=utf-8")
    if name not in _KINDS:
        raise ProblemError(NOT_FOUND, "There is no such file: the page is at /docs.")
    body = (resources.files("fastapi_offline") / "static" / name).read_bytes()
    return Response(body, headers=_HEADERS, media_type=_KINDS[name])
