"""Leaves a request only the cookies that are ours.

Python's parser of cookies takes time with the square of a quoted value's length, and FastAPI has
it parse those of every request: one header of 16 KiB held the event loop for half a second.
"""

import re
from collections.abc import Iterable
from typing import Final

COOKIE: Final = "fr_session"
SECURE_COOKIE: Final = f"__Host-{COOKIE}"
"""Over https: browsers take it only from this very host, never from a neighbour or over http."""
_OURS: Final = re.compile(rb"(?:__Host-)?fr_session=[A-Za-z0-9._-]*+")
"""With a token as we write them, so without quotes or escapes."""


def with_own_cookies(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [
        (name, own_cookies_in(value) if name == b"cookie" else value) for name, value in headers
    ]


def own_cookies_in(cookies: bytes) -> bytes:
    parts = (part.strip() for part in cookies.split(b";"))
    return b"; ".join(part for part in parts if _OURS.fullmatch(part))
