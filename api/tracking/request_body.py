"""Reads a request's body, unpacked, never more of it than the limit."""

import zlib
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from api.errors import BODY_TOO_LARGE, MALFORMED_BODY, UNKNOWN_ENCODING, ProblemError

GZIP_MAGIC: Final = b"\x1f\x8b"
_WINDOWS: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""Content coding -> `wbits` of zlib: 15 for its own format, 16 more for that of gzip."""
_PLAIN: Final = frozenset({"", "identity"})
_MOST_MEMBERS: Final = 100
"""Of a gzip body: programs that append to a file make several, an empty one costs 20 bytes."""
_LONGEST_LENGTH: Final = 18
"""Digits; `int` takes time for long numbers and refuses very long ones."""


async def read_body(headers: Headers, receive: Receive, limit_bytes: int) -> bytes:
    """Return the body as it was before its `Content-Encoding`.

    Raises `ProblemError` above the limit, which holds for the body as sent and for what comes
    out of it, for another coding and for a damaged one, and `ClientDisconnect` if the sender
    went away.
    """
    unpacking = _unpacking(headers, limit_bytes)
    if declares_more(headers.get("content-length", ""), limit_bytes):
        raise _too_large(limit_bytes)
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit_bytes:
            raise _too_large(limit_bytes)
        chunks.append(unpacking.take(chunk) if unpacking else chunk)
        more = message.get("more_body", False)
    if unpacking is not None:
        unpacking.finish()
    body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
    if unpacking is None and body.startswith(GZIP_MAGIC):
        raise ProblemError(
            MALFORMED_BODY, "The body is packed with gzip: send `Content-Encoding: gzip` with it."
        )
    return body


class _Unpacking:
    """Unpacks chunk by chunk, and stops as soon as more than the limit has come out."""

    def __init__(self, coding: str, limit_bytes: int) -> None:
        self._coding = coding
        self._limit_bytes = limit_bytes
        self._size = 0
        self._members = 1
        self._unpacker = zlib.decompressobj(_WINDOWS[coding])

    def take(self, chunk: bytes) -> bytes:
        unpacked: list[bytes] = []
        while chunk:
            if self._unpacker.eof:
                self._begin_member()
            # One byte more than may come: that it came says that there is too much.
            allowed = self._limit_bytes - self._size + 1
            try:
                part = self._unpacker.decompress(chunk, allowed)
            except zlib.error as error:
                raise self._fault("is not what its Content-Encoding says") from error
            self._size += len(part)
            if self._size > self._limit_bytes:
                raise _too_large(self._limit_bytes)
            unpacked.append(part)
            chunk = self._unpacker.unused_data
        return b"".join(unpacked)

    def finish(self) -> None:
        """Raise `ProblemError` if the end is missing."""
        if not self._unpacker.eof:
            raise self._fault("is cut off")

    def _begin_member(self) -> None:
        self._members += 1
        if self._coding == "deflate" or self._members > _MOST_MEMBERS:
            raise self._fault("goes on after its end")
        self._unpacker = zlib.decompressobj(_WINDOWS[self._coding])

    def _fault(self, fault: str) -> ProblemError:
        why = f"The {self._coding} body {fault}: nothing of it was taken."
        return ProblemError(MALFORMED_BODY, why)


def _unpacking(headers: Headers, limit_bytes: int) -> _Unpacking | None:
    coding = ", ".join(headers.getlist("content-encoding")).strip().lower()
    if coding in _PLAIN:
        return None
    if coding not in _WINDOWS:
        raise ProblemError(
            UNKNOWN_ENCODING, "A body is sent as it is, or packed once with gzip or deflate."
        )
    return _Unpacking(coding, limit_bytes)


def declares_more(declared: str, limit_bytes: int) -> bool:
    if not (declared.isascii() and declared.isdigit()):
        return False
    return len(declared) > _LONGEST_LENGTH or int(declared) > limit_bytes


def _too_large(limit_bytes: int) -> ProblemError:
    return ProblemError(
        BODY_TOO_LARGE, f"A body may hold {limit_bytes} bytes: send the events in smaller batches."
    )
