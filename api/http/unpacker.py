"""Unpacks bodies that were sent with a `Content-Encoding`, in parts of bounded size."""

import zlib
from collections.abc import Iterator
from typing import Final

from starlette.datastructures import Headers

from api.errors import MALFORMED_BODY, UNKNOWN_ENCODING, ProblemError

PART_BYTES: Final = 64 * 1024
_WINDOWS: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""Content coding -> `wbits` of zlib: 15 for its own format, 16 more for that of gzip."""
_PLAIN: Final = frozenset({"", "identity"})


def coding_of(headers: Headers) -> str | None:
    """Return how a body is packed, None if it is not; raises `ProblemError` for another coding."""
    coding = ", ".join(headers.getlist("content-encoding")).strip().lower()
    if coding in _PLAIN:
        return None
    if coding not in _WINDOWS:
        raise ProblemError(
            UNKNOWN_ENCODING, "A body is sent as it is, or packed once with gzip or deflate."
        )
    return coding


class Unpacker:
    """Unpacks chunk by chunk, however much comes out of one.

    A gzip body may have several members: programs that append to a file make them.
    """

    def __init__(self, coding: str, most_members: int, consequence: str = "") -> None:
        """`consequence` ends the sentence about a body that is damaged."""
        self._coding = coding
        self._most_members = most_members
        self._consequence = consequence
        self._members = 1
        self._unpacker = zlib.decompressobj(_WINDOWS[coding])

    def take(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what comes out, at most `PART_BYTES` at a time; raises `ProblemError`."""
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
        """Raise `ProblemError` if the end is missing."""
        if not self._unpacker.eof:
            raise self._fault("is cut off")

    def _begin_member(self) -> None:
        self._members += 1
        if self._coding == "deflate" or self._members > self._most_members:
            raise self._fault("goes on after its end")
        self._unpacker = zlib.decompressobj(_WINDOWS[self._coding])

    def _fault(self, fault: str) -> ProblemError:
        return ProblemError(MALFORMED_BODY, f"The {self._coding} body {fault}{self._consequence}.")
