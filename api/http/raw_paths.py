"""Ids of any text in paths: a slash, a percent sign or a question mark stays part of its id."""

from typing import Final
from urllib.parse import quote, unquote

from starlette.convertors import Convertor, register_url_convertor
from starlette.types import ASGIApp, Receive, Scope, Send

ELSEWHERE: Final = "-"
"""Stands in a path for an id that the query names: browsers resolve "." and "..", however they are
written, so that no path can carry them."""
_PREFIXES: Final = (
    b"/v1/products/",
    b"/v1/categories/",
    b"/v1/users/",
    b"/v1/sample-shoppers/",
    b"/v1/catalogue/products/",
    b"/v1/catalogue/categories/",
    b"/product/",
    b"/category/",
)


class RawPaths:
    """Routes the paths that hold ids as they were sent.

    Servers decode a path before it is routed, and `A%2FB` becomes two segments. The segment is
    decoded by the convertor `id` instead, when it is known where it ends.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw: bytes = scope.get("raw_path") or b""
        if raw.startswith(_PREFIXES):
            sent = raw.partition(b"?")[0].decode("ascii", "backslashreplace")
            # In place: the log of accesses, further out, reads the route from this scope.
            scope["path"] = sent
        await self._app(scope, receive, send)


class IdConvertor(Convertor[str]):
    regex = "[^/]+"

    def convert(self, value: str) -> str:
        return unquote(value)

    def to_string(self, value: str) -> str:
        return quote(value, safe="")


register_url_convertor("id", IdConvertor())
