"""Reads a request's body, unpacked, never more of it than the limit."""

from typing import Final

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from api.errors import BODY_TOO_LARGE, MALFORMED_BODY, ProblemError
from api.http.unpacker import Unpacker, coding_of

GZIP_MAGIC: Final = b"\x1f\x8b"
_MOST_MEMBERS: Final = 100
"""Of a gzip body: an empty one costs 20 bytes."""
_CONSEQUENCE: Final = ": nothing of it was taken"
_IN_BATCHES: Final = "send the events in smaller batches"
_LONGEST_LENGTH: Final = 18
"""Digits; `int` takes time for long numbers and refuses very long ones."""


async def read_body(
    headers: Headers, receive: Receive, limit_bytes: int, advice: str = _IN_BATCHES
) -> bytes:
    """Return the body as it was before its `Content-Encoding`; `advice` is for too large ones.

    Raises `ProblemError` above the limit, which holds for the body as sent and for what comes
    out of it, for another coding and for a damaged one, and `ClientDisconnect` if the sender
    went away.
    """
    coding = coding_of(headers)
    unpacker = Unpacker(coding, _MOST_MEMBERS, _CONSEQUENCE) if coding is not None else None
    if declares_more(headers.get("content-length", ""), limit_bytes):
        raise _too_large(limit_bytes, advice)
    chunks: list[bytes] = []
    sent = size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        more = message.get("more_body", False)
        sent += len(chunk)
        _refuse_more(sent, limit_bytes, advice)
        for part in unpacker.take(chunk) if unpacker else (chunk,):
            size += len(part)
            _refuse_more(size, limit_bytes, advice)
            chunks.append(part)
    if unpacker is not None:
        unpacker.finish()
    body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
    if unpacker is None and body.startswith(GZIP_MAGIC):
        raise ProblemError(
            MALFORMED_BODY, "The body is packed with gzip: send `Content-Encoding: gzip` with it."
        )
    return body


def declares_more(declared: str, limit_bytes: int) -> bool:
    if not (declared.isascii() and declared.isdigit()):
        return False
    return len(declared) > _LONGEST_LENGTH or int(declared) > limit_bytes


def _refuse_more(size: int, limit_bytes: int, advice: str) -> None:
    if size > limit_bytes:
        raise _too_large(limit_bytes, advice)


def _too_large(limit_bytes: int, advice: str) -> ProblemError:
    return ProblemError(BODY_TOO_LARGE, f"A body may hold {limit_bytes} bytes: {advice}.")
