"""The answers of the server itself, written before there is a request that a route could take."""

from typing import Final

import msgspec

from api.errors import BODY_BUSY, MEDIA_TYPE, RETRY_AFTER_SECONDS, Kind
from api.http.safe_headers import SAFE_HEADERS
from api.schemas.problem import Problem

MALFORMED: Final = Kind("malformed-request", "The request is not HTTP as it should be", 400)
NO_WEBSOCKETS: Final = Kind("no-websockets", "There are no websockets here", 400)
LINE_TOO_LONG: Final = Kind("request-line-too-long", "The address is too long", 414)
HEADERS_TOO_LARGE: Final = Kind("headers-too-large", "The headers are too large", 431)
HEADERS_TOO_SLOW: Final = Kind("headers-too-slow", "The headers took too long", 408)
BODY_TOO_SLOW: Final = Kind("body-too-slow", "The body took too long", 408)
BODY_FRAMING: Final = Kind("body-framing", "The body has too little in too many pieces", 400)
TOO_MANY_PIPELINED: Final = Kind("too-many-pipelined", "Too many requests were sent at once", 400)
TOO_MANY_BODIES: Final = Kind(
    "too-many-bodies", "Too many bodies of this address are under way", 429, retry=True
)
ADDRESS_BUSY: Final = Kind(
    "too-many-connections", "This address has too many connections", 429, retry=True
)
SERVER_BUSY: Final = Kind("busy", "The server has too many connections", 503, retry=True)

_DETAILS: Final = {
    MALFORMED: "Send one Host, one length or `Transfer-Encoding: chunked`, and plain headers.",
    NO_WEBSOCKETS: "Changes of a profile are streamed as server-sent events.",
    LINE_TOO_LONG: "Send fewer ids in one address.",
    HEADERS_TOO_LARGE: "Send fewer and smaller headers and cookies.",
    HEADERS_TOO_SLOW: "Send the whole request without pauses.",
    BODY_TOO_SLOW: "Send the whole body without pauses.",
    BODY_FRAMING: "Send the body in larger chunks, without chunk extensions.",
    TOO_MANY_PIPELINED: "Wait for the answers before sending more on this connection.",
    TOO_MANY_BODIES: "Send smaller batches, one after the other.",
    BODY_BUSY: "Send the same again a little later.",
    ADDRESS_BUSY: "Use fewer connections, or try again a little later.",
    SERVER_BUSY: "Try again a little later.",
}
"""Every refusal of the server says what to do about it."""


def refusal_bytes(kind: Kind, phrase: str) -> bytes:
    """Return a whole answer that ends its connection."""
    problem = Problem(
        type=f"/problems/{kind.slug}",
        title=kind.title,
        status=kind.status,
        detail=_DETAILS[kind],
        instance="",
        errors=[],
    )
    body = msgspec.json.encode(problem)
    headers = [
        *SAFE_HEADERS,
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    if kind.retry:
        headers.append((b"retry-after", str(RETRY_AFTER_SECONDS).encode()))
    lines = [f"HTTP/1.1 {kind.status} {phrase}".encode(), *(b": ".join(pair) for pair in headers)]
    return b"\r\n".join([*lines, b"", body])
