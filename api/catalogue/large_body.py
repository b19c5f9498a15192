"""Reads a body part by part, unpacked, never more of it at once than a few parts."""

import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Receive

from api.edge.large_bodies import LargeBody
from api.errors import BODY_TOO_LARGE, MALFORMED_BODY, UNKNOWN_ENCODING, ProblemError
from api.tracking.request_body import declares_more

MOST_BYTES: Final = 64 * 1024 * 1024
"""Of a body as it is sent, and of what comes out of it."""
PART_BYTES: Final = 64 * 1024
_WINDOWS: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}
_MOST_MEMBERS: Final = 10_000
"""Of a gzip body: those who compress line after line make many."""


class CutBodyError(Exception):
    """The client went away before the end of the body."""


def unpacker_of(headers: Headers) -> "Unpacker | None":
    """Return what unpacks the body; raises `ProblemError` for an unknown coding or size."""
    coding = ", ".join(headers.getlist("content-encoding")).strip().lower()
    if declares_more(headers.get("content-length", ""), MOST_BYTES):
        raise too_large()
    if coding in {"", "identity"}:
        return None
    if coding not in _WINDOWS:
        raise ProblemError(
            UNKNOWN_ENCODING, "A body is sent as it is, or packed once with gzip or deflate."
        )
    return Unpacker(coding)


async def parts_of(
    receive: Receive, unpacker: "Unpacker | None", body: LargeBody
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


class Unpacker:
    """Unpacks into parts of bounded size, however much comes out of a chunk."""

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._members = 1
        self._unpacker = zlib.decompressobj(_WINDOWS[coding])

    def take(self, chunk: bytes) -> Iterator[bytes]:
        while chunk:
            if self._unpacker.eof:
                self._begin_member()
            try:
                part = self._unpacker.decompress(chunk, PART_BYTES)
            except zlib.error as error:
                raise self._fault("is not what its Content-Encoding says") from error
            if part:
                yield part
            chunk = self._unpacker.unused_data or self._unpacker.unconsumed_tail

    def finish(self) -> None:
        if not self._unpacker.eof:
            raise self._fault("is cut off")

    def _begin_member(self) -> None:
        self._members += 1
        if self._coding == "deflate" or self._members > _MOST_MEMBERS:
            raise self._fault("goes on after its end")
        self._unpacker = zlib.decompressobj(_WINDOWS[self._coding])

    def _fault(self, fault: str) -> ProblemError:
        return ProblemError(MALFORMED_BODY, f"The {self._coding} body {fault}.")


def too_large() -> ProblemError:
    return ProblemError(
        BODY_TOO_LARGE, f"A body may hold {MOST_BYTES} bytes: send the products in several."
    )
