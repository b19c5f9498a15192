"""A body is unpacked, and never more of it than may come."""

import asyncio
import gzip
import zlib
from collections.abc import Sequence

import pytest
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import Message

from api.errors import BODY_TOO_LARGE, MALFORMED_BODY, UNKNOWN_ENCODING, Kind, ProblemError
from api.tracking.request_body import read_body

LIMIT = 10_000
BODY = b'{"type":"product_view"}' * 100


def _gzip(body: bytes) -> bytes:
    """Return the same bytes at any time: every process that runs tests has to find the same."""
    return gzip.compress(body, mtime=0)


PACKED = _gzip(BODY)


def _read(chunks: Sequence[bytes], **headers: str) -> bytes:
    waiting = list(chunks)

    async def receive() -> Message:
        if not waiting:
            return {"type": "http.disconnect"}
        chunk = waiting.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(waiting)}

    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return asyncio.run(read_body(Headers(named), receive, LIMIT))


@pytest.mark.parametrize(
    ("packed", "coding"),
    [
        (PACKED, "gzip"),
        (PACKED, "GZIP"),
        (PACKED, "x-gzip"),
        (zlib.compress(BODY), "deflate"),
        (BODY, "identity"),
        (BODY, ""),
        (_gzip(BODY[:100]) + _gzip(b"") + _gzip(BODY[100:]), "gzip"),
    ],
)
def test_a_packed_body_is_read_as_what_was_packed(packed: bytes, coding: str) -> None:
    assert _read([packed], content_encoding=coding) == BODY
    in_bytes = [packed[at : at + 1] for at in range(len(packed))]
    assert _read(in_bytes, content_encoding=coding) == BODY


@pytest.mark.parametrize(
    ("body", "headers", "kind"),
    [
        (_gzip(bytes(LIMIT + 1)), {"content_encoding": "gzip"}, BODY_TOO_LARGE),
        (_gzip(bytes(10**8)), {"content_encoding": "gzip"}, BODY_TOO_LARGE),
        (_gzip(bytes(LIMIT)) * 2, {"content_encoding": "gzip"}, BODY_TOO_LARGE),
        (bytes(LIMIT + 1), {}, BODY_TOO_LARGE),
        (b"{}", {"content_length": str(LIMIT + 1)}, BODY_TOO_LARGE),
        (b"{}", {"content_length": "9" * 5_000}, BODY_TOO_LARGE),
        (_gzip(b"") * 101, {"content_encoding": "gzip"}, MALFORMED_BODY),
        (PACKED[:-1], {"content_encoding": "gzip"}, MALFORMED_BODY),
        (b"", {"content_encoding": "gzip"}, MALFORMED_BODY),
        (PACKED + b"garbage", {"content_encoding": "gzip"}, MALFORMED_BODY),
        (PACKED[:-8] + bytes(8), {"content_encoding": "gzip"}, MALFORMED_BODY),
        (zlib.compress(BODY) + b"garbage", {"content_encoding": "deflate"}, MALFORMED_BODY),
        (BODY, {"content_encoding": "gzip"}, MALFORMED_BODY),
        (PACKED, {}, MALFORMED_BODY),
        (PACKED, {"content_encoding": "gzip, gzip"}, UNKNOWN_ENCODING),
        (BODY, {"content_encoding": "br"}, UNKNOWN_ENCODING),
        (BODY, {"content_encoding": "\u00ff"}, UNKNOWN_ENCODING),
    ],
)
def test_a_body_that_is_too_large_or_damaged_is_a_problem(
    body: bytes, headers: dict[str, str], kind: Kind
) -> None:
    with pytest.raises(ProblemError) as caught:
        _read([body[at : at + 1_000] for at in range(0, len(body), 1_000)] or [b""], **headers)
    assert caught.value.kind is kind


def test_a_packed_body_without_its_header_is_told_which_one_to_send() -> None:
    with pytest.raises(ProblemError, match="Content-Encoding: gzip"):
        _read([PACKED])


@pytest.mark.parametrize("length", ["\u00b2", "-1", "", "1e9"])
def test_a_declared_length_that_is_no_number_does_not_matter(length: str) -> None:
    assert _read([b"{}"], content_length=length) == b"{}"


def test_a_sender_that_goes_away_is_not_answered_for() -> None:
    with pytest.raises(ClientDisconnect):
        _read([])
