"""Requests with odd addresses, queries, methods, headers and tokens."""

from typing import Final
from urllib.parse import quote

from hypothesis import strategies as st

from benchmarks.fuzz.odd_batches import batches
from benchmarks.fuzz.odd_values import IDS, MOMENTS, NUMBERS, texts
from benchmarks.fuzz.raw_request import Header, RawRequest
from benchmarks.fuzz.served_shop import CATEGORY, PRODUCTS, SESSION, FuzzedShop

_ROUTES: Final = (
    "/v1/profiles/{session}", "/v1/profiles/{session}/stream", "/v1/sessions/{session}/explanation",
    "/v1/sessions/{session}/decisions", "/v1/explanations/{decision}", "/v1/products",
    "/v1/products/{product}", "/v1/products/{product}/similar", "/v1/categories",
    "/v1/categories/{category}/products", "/health/live", "/health/ready", "/metrics",
    "/openapi.json", "/docs", "/", "/product/{product}", "/category/{category}",
    "/assets/{digest}/{name}", "/v1/track",
)  # fmt: skip
_QUERIES: Final = ("ids", "limit", "region", "device", "at", "until", "since", "key", "x", "\u00e9")
_METHODS: Final = (
    b"HEAD", b"OPTIONS", b"POST", b"PUT", b"PATCH", b"DELETE", b"TRACE", b"QUERY", b"get",
)  # fmt: skip
_HEADERS: Final = (
    b"Authorization", b"Cookie", b"Last-Event-ID", b"If-None-Match", b"If-Modified-Since", b"Range",
    b"Accept", b"Accept-Encoding", b"Accept-Language", b"User-Agent", b"Content-Type",
    b"Content-Encoding", b"Origin", b"Referer", b"Sec-Fetch-Site", b"Sec-Purpose", b"Expect",
    b"X-Forwarded-For", b"X-Forwarded-Proto", b"X-Session-Token", b"X-Session-Secret", b"X-Odd",
    b"X-Fitting-Room-Key",
)  # fmt: skip
_LENGTHS: Final = (b"-1", b"1e9", b"9" * 5_000, b"\xb2", b"+0", b"0x0", b"")
_VISIBLE: Final = st.characters(min_codepoint=33, max_codepoint=126)
_BYTES: Final = st.binary(max_size=60).map(lambda value: value.translate(None, delete=b"\r\n\x00"))


def requests(shop: FuzzedShop) -> st.SearchStrategy[RawRequest]:
    return st.one_of(batches(shop), _asking(shop), _asking(shop), _elsewhere())


@st.composite
def _asking(draw: st.DrawFn, shop: FuzzedShop) -> RawRequest:
    route = draw(st.sampled_from(_ROUTES))
    parts = {
        "session": draw(_one_or_odd(SESSION)),
        "decision": draw(_one_or_odd(shop.decision_id)),
        "product": draw(_one_or_odd(*PRODUCTS)),
        "category": draw(_one_or_odd(CATEGORY)),
        "digest": draw(texts()),
        "name": draw(texts()),
    }
    target = route.format(**{name: _quote(draw, value) for name, value in parts.items()})
    asked = draw(st.lists(st.tuples(st.sampled_from(_QUERIES), texts()), max_size=3))
    query = "&".join(f"{quote(name)}={_quote(draw, value)}" for name, value in asked)
    method = b"POST" if route == "/v1/track" else b"GET"
    if draw(st.integers(0, 4)) == 0:
        method = draw(st.sampled_from(_METHODS))
    return RawRequest(
        route=route,
        method=method,
        target=f"{target}?{query}".encode() if query else target.encode(),
        headers=draw(_headers(shop)),
        body=b"" if method in {b"POST", b"PUT", b"PATCH"} else None,
    )


@st.composite
def _elsewhere(draw: st.DrawFn) -> RawRequest:
    """Return requests for which there is no route, or which are hardly requests."""
    raw = st.binary(min_size=1, max_size=40).map(
        lambda value: b"/" + value.translate(None, delete=b" \r\n\t\x00\x0b\x0c")
    )
    odd = st.sampled_from((b"*", b"//", b"/%", b"/%zz", b"/\xff", b"/..;/", b"/v1/track/", b"/v1"))
    length = draw(st.none() | st.sampled_from(_LENGTHS))
    return RawRequest(
        route="elsewhere",
        method=draw(st.sampled_from((b"GET", b"POST", *_METHODS)) | _token()),
        target=draw(odd | raw | st.just(b"/" + b"a" * 20_000)),
        headers=((b"Content-Length", length),) if length is not None else (),
    )


def _token() -> st.SearchStrategy[bytes]:
    return st.text(_VISIBLE, min_size=1, max_size=12).map(str.encode)


def _one_or_odd(*values: str) -> st.SearchStrategy[str]:
    return st.sampled_from(values) | texts()


def _quote(draw: st.DrawFn, value: str) -> str:
    """Return the text for an address: quoted wholly, hardly, or cut in an escape."""
    quoted = quote(value, safe=draw(st.sampled_from(("", "/", "/:?#[]@!$&'()*+,;=%"))))
    return quoted + draw(st.sampled_from(("", "", "", "%", "%0", "%ff", "%ed%a0%80", "%00")))


def _headers(shop: FuzzedShop) -> st.SearchStrategy[tuple[Header, ...]]:
    values = st.one_of(
        _BYTES,
        st.sampled_from((*NUMBERS, *MOMENTS, *IDS)).map(lambda text: text.encode("utf-8")),
        st.sampled_from(_tokens(shop)),
        st.sampled_from(
            (b"gzip", b"*", b'W/"0"', b"bytes=0-", b"cross-site", b"prefetch", b"null")
        ),
        st.just(b"x" * 9_000),
    )
    header = st.tuples(st.sampled_from(_HEADERS), values)
    return st.lists(header, max_size=4).map(tuple)


def _tokens(shop: FuzzedShop) -> tuple[bytes, ...]:
    session, *_, signature = shop.token.split(".")
    made = (
        shop.token, shop.token[:-1], f"{session}.{'9' * 400}.{signature}", f"{session}.-1.a",
        f"{session}..", f"{session}.\u00b2.{signature}", "..", "a.b.c.d.e", ".".join("9" * 300),
    )  # fmt: skip
    tokens = [token.encode("utf-8") for token in made]
    return (
        *(b"Bearer " + token for token in tokens),
        *(b"fr_session=" + token for token in tokens),
        b"Bearer", b"bearer  ", b"Basic YQ==", b"fr_session", b"=; ;;fr_session=\xff;\x01",
    )  # fmt: skip
