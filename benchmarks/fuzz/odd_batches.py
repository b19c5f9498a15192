"""Batches in which some events are spoiled, packed in odd ways."""

import gzip
import json
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from hypothesis import strategies as st

from benchmarks.fuzz.odd_values import json_values
from benchmarks.fuzz.raw_request import Header, RawRequest
from benchmarks.fuzz.served_shop import CATEGORY, PRODUCTS, SESSION, FuzzedShop

ROUTE: Final = "/v1/track"
_MOST_EVENTS: Final = 5
_FIELDS: Final = (
    "type", "event_id", "session_id", "occurred_at", "product_id", "product_ids", "category_id",
    "region", "device", "user_id", "decision_id", "slot", "slots", "bundle_id", "thumb", "rating",
    "lines", "order_id", "quantity", "unit_price", "currency", "duration_ms", "sent_at", "unknown",
    "\ud800", "",
)  # fmt: skip
_TYPES: Final = (
    "product_view", "category_view", "add_to_cart", "checkout", "impression", "feedback",
    "remove_from_cart", "refund", "dwell", "hover",
)  # fmt: skip
_SENT_AT: Final = b'"sent_at":'
_PLAIN: Final[tuple[Callable[[bytes], bytes], tuple[Header, ...]]] = (bytes, ())


def _coding(name: bytes) -> tuple[Header, ...]:
    return ((b"Content-Encoding", name),)


_PACKINGS: Final = (
    (gzip.compress, _coding(b"gzip")),
    (zlib.compress, _coding(b"deflate")),
    (bytes, _coding(b"identity")),
)
_WRONG_PACKINGS: Final = (
    (gzip.compress, ()),
    (bytes, _coding(b"gzip")),
    (bytes, _coding(b"br, gzip")),
    (lambda body: gzip.compress(body)[:-3], _coding(b"gzip")),
    (lambda body: gzip.compress(body) + b"more", _coding(b"gzip")),
    (lambda body: gzip.compress(body + bytes(10**7)), _coding(b"gzip")),
    (lambda body: body.decode("utf-8", "replace").encode("utf-16"), ()),
)


def batches(shop: FuzzedShop) -> st.SearchStrategy[RawRequest]:
    return _batches(shop) | _bodies()


@st.composite
def _batches(draw: st.DrawFn, shop: FuzzedShop) -> RawRequest:
    spoiled = draw(st.lists(st.booleans(), min_size=1, max_size=_MOST_EVENTS))
    parts: list[bytes] = []
    good: list[str] = []
    for is_spoiled in spoiled:
        if is_spoiled:
            parts.append(draw(_bad_part(shop)))
        else:
            good.append(f"event-{draw(st.integers(0, 10**9))}-{len(parts)}")
            parts.append(_event(good[-1]))
    listed = b"[" + b",".join(parts) + b"]"
    whole = draw(st.sampled_from((b"%b", b'{"events":%b}', b'{"x":"],[","events": %b,"y":{}}')))
    if draw(st.integers(0, 3)) == 0:
        whole = b'{"events":%b,' + _SENT_AT + draw(json_values()).replace(b"%", b"%%") + b"}"
    pack, headers = draw(st.sampled_from((_PLAIN, _PLAIN, *_PACKINGS)))
    told_apart = _SENT_AT not in whole
    return RawRequest(
        route=ROUTE,
        method=b"POST",
        target=ROUTE.encode(),
        headers=(*headers, (b"Authorization", b"Bearer " + shop.token.encode())),
        body=pack(whole % listed),
        parts=len(parts) if good and told_apart else None,
        good=tuple(good) if told_apart else (),
    )


@st.composite
def _bodies(draw: st.DrawFn) -> RawRequest:
    """Return bodies that are no batch, or not packed as they say."""
    pack, headers = draw(st.sampled_from((_PLAIN, *_WRONG_PACKINGS)))
    body = draw(st.one_of(st.binary(max_size=60), json_values(), st.just(_event("event-1"))))
    kind = draw(st.sampled_from((b"application/json", b"text/plain", b"image/png", b"\xff;;")))
    return RawRequest(
        route=ROUTE,
        method=b"POST",
        target=ROUTE.encode(),
        headers=(*headers, (b"Content-Type", kind)),
        body=pack(body),
    )


@st.composite
def _bad_part(draw: st.DrawFn, shop: FuzzedShop) -> bytes:
    if draw(st.integers(0, 3)) == 0:
        return draw(json_values())
    fields = {name: json.dumps(value).encode() for name, value in _fields(str(uuid4())[:8]).items()}
    fields["type"] = json.dumps(draw(st.sampled_from(_TYPES))).encode()
    fields["decision_id"] = json.dumps(shop.decision_id).encode()
    spoiled = [
        (json.dumps(name).encode(), draw(json_values()))
        for name in draw(st.lists(st.sampled_from(_FIELDS), min_size=1, max_size=4))
    ]
    whole = [*((json.dumps(name).encode(), value) for name, value in fields.items()), *spoiled]
    return b"{" + b",".join(b":".join(pair) for pair in whole) + b"}"


def _event(event_id: str) -> bytes:
    return json.dumps(_fields(event_id)).encode()


def _fields(event_id: str) -> dict[str, object]:
    return {
        "type": "product_view",
        "event_id": event_id,
        "session_id": SESSION,
        "occurred_at": datetime.now(UTC).isoformat(),
        "product_id": PRODUCTS[0],
        "category_id": CATEGORY,
    }
