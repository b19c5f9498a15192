"""Reads a body part by part, unpacked, never more of it at once than a few parts."""

from collections.abc import AsyncIterator
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Receive

from api.edge.large_bodies import LargeBody
from api.errors import BODY_TOO_LARGE, ProblemError
from api.http.unpacker import Unpacker, coding_of
from api.tracking.request_body import declares_more

MOST_BYTES: Final = 64 * 1024 * 1024
"""Of a body as it is sent, and of what comes out of it."""
_MOST_MEMBERS: Final = 10_000
"""Of a gzip body: those who compress line after line make many."""


class CutBodyError(Exception):
    """The client went away before the end of the body."""


def unpacker_of(headers: Headers) -> Unpacker | None:
    """Return what unpacks the body; raises `ProblemError` for an unknown coding or size."""
    if declares_more(headers.get("content-length", ""), MOST_BYTES):
        raise too_large()
    coding = coding_of(headers)
    return Unpacker(coding, _MOST_MEMBERS) if coding is not None else None


async def parts_of(
    receive: Receive, unpacker: Unpacker | None, body: LargeBody
) -> AsyncIterator[bytes]:
    """Yield the parts; raises `ProblemError` for too much, and `CutBodyError`."""
    sent = size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise CutBodyError
        chunk = message.get("body", b"")
        more = message.get("more_body", False)
        sent += len(chunk)
        body.take(len(chunk))
        for part in unpacker.take(chunk) if unpacker else (chunk,):
            size += len(part)
            if max(sent, size) > MOST_BYTES:
                raise too_large()
            yield part
    if unpacker is not None:
        unpacker.finish()


def too_large() -> ProblemError:
    return ProblemError(
        BODY_TOO_LARGE, f"A body may hold {MOST_BYTES} bytes: send the products in several."
    )
