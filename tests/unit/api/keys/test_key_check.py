"""What a request shows, what its route needs, and what is answered."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from api.keys.callers import NOBODY, Caller, caller_of
from api.keys.key_check import (
    NEVER_WITHOUT_KEY,
    OPERATIONS_PORT,
    KeyCheck,
    NoKeys,
    OpenNeeds,
)
from api.keys.key_problems import (
    CLOSED,
    IN_PAGE,
    IN_QUERY,
    KEY_MISSING,
    KEY_ORIGIN,
    KEY_REFUSED,
    KEYS_AWAY,
    NO_SUCH_KEY,
    SCOPE_MISSING,
    THROUGH_PROXY,
    TWO_KEYS,
    KeyRefusal,
)
from api.keys.route_index import RouteIndex
from api.keys.route_needs import OPERATIONS, PUBLIC
from api.keys.shown_key import ShownKey, plain_key, shown_key, without_bearer_keys
from personalization.domain.access.api_key import Scope
from personalization.keys.key_book import KeyBook, KeyIndex, VerifiedKey
from personalization.keys.key_text import parse_key_text
from personalization.settings.serving import ServingSettings
from tests.builders.access.known_keys import (
    EXPIRED,
    FORMER,
    PUBLISHABLE,
    REVOKED,
    SERVER,
    SHOP_PAGE,
    WRONG,
    key_of,
    known_book,
)
from tests.builders.moments import NOON
from tests.builders.settable_clock import SettableClock

KEY = b"x-fitting-room-key"
AUTHORIZATION = b"authorization"


class KnownKeys:
    """Implements `FindsKeys` over a book."""

    def __init__(self, book: KeyBook, *, have_answer: bool = True) -> None:
        self.take(book)
        self.have_answer = have_answer

    def take(self, book: KeyBook) -> None:
        self._book = book
        self._index = KeyIndex(book)

    def book(self) -> KeyBook:
        return self._book

    def verify(self, text: str) -> VerifiedKey | None:
        parts = parse_key_text(text)
        return self._index.verify(parts) if parts is not None else None


KEYS: Final = KnownKeys(known_book())


def _judge(need: Scope, shown: ShownKey) -> Caller | KeyRefusal:
    return KeyCheck(KEYS, SettableClock().now, NEVER_WITHOUT_KEY).judge(need, shown)


def _refusal(need: Scope, shown: ShownKey) -> KeyRefusal:
    verdict = _judge(need, shown)
    assert isinstance(verdict, KeyRefusal)
    return verdict


@pytest.mark.parametrize(
    ("headers", "query", "texts"),
    [
        ([(KEY, b" pk_a_b ")], b"", (b"pk_a_b",)),
        ([(AUTHORIZATION, b"bearer sk_a_b")], b"", (b"sk_a_b",)),
        ([(AUTHORIZATION, b"Bearer a-session-token")], b"", ()),
        ([(AUTHORIZATION, b"Basic sk_a_b")], b"", ()),
        ([], b"region=de&key=pk_a%5Fb", (b"pk_a_b",)),
        ([], b"monkey=pk_a_b", ()),
        ([(KEY, b"pk_a_b"), (AUTHORIZATION, b"Bearer sk_c_d")], b"key=pk_e_f", (b"pk_a_b",)),
        ([(KEY, b"\xff")], b"", (b"\xff",)),
    ],
)
def test_a_key_is_where_it_may_be(
    headers: list[tuple[bytes, bytes]], query: bytes, texts: tuple[bytes, ...]
) -> None:
    assert shown_key(headers, query).texts == texts
    assert plain_key(dict(headers), query) == shown_key(headers, query)


def test_a_key_as_bearer_is_no_session_token() -> None:
    token = (AUTHORIZATION, b"Bearer a-session-token")
    assert without_bearer_keys([token, (AUTHORIZATION, b"Bearer sk_a_b")]) == [token]


def test_a_key_that_is_not_found_before_the_keys_were_read_may_be_right() -> None:
    unread = KeyCheck(
        KnownKeys(KeyBook(), have_answer=False), SettableClock().now, NEVER_WITHOUT_KEY
    )
    refusal = unread.judge(Scope.TRACK, ShownKey((PUBLISHABLE.encode(),)))
    assert refusal == KEYS_AWAY
    assert (KEYS_AWAY.kind.status, KEYS_AWAY.kind.retry) == (503, True)


def test_each_refusal_says_what_to_do() -> None:
    page, server = (PUBLISHABLE.encode(),), (SERVER.encode(),)
    foreign = _refusal(Scope.TRACK, ShownKey(page, (b"https://evil.example",)))

    assert _refusal(Scope.TRACK, ShownKey()).kind is KEY_MISSING
    assert "`rules:write`" in _refusal(Scope.RULES_WRITE, ShownKey()).detail
    assert _refusal(Scope.TRACK, ShownKey((WRONG.encode(),))) == NO_SUCH_KEY
    assert _refusal(Scope.TRACK, ShownKey((b"\xff" * 10_000,))) == NO_SUCH_KEY
    assert _refusal(Scope.TRACK, ShownKey((*page, *server))) == TWO_KEYS
    assert _refusal(Scope.TRACK, ShownKey(server, in_query=True)) == IN_QUERY
    assert _refusal(Scope.TRACK, ShownKey(server, (SHOP_PAGE.encode(),))) == IN_PAGE
    assert foreign.kind is KEY_ORIGIN
    assert "https://evil.example" in foreign.detail
    lacking = _refusal(Scope.RULES_WRITE, ShownKey(server))
    assert lacking.kind is SCOPE_MISSING
    assert "`rules:write`" in lacking.detail


def test_a_key_speaks_for_its_shop() -> None:
    caller = _judge(Scope.CATALOGUE_WRITE, ShownKey((SERVER.encode(),)))

    assert isinstance(caller, Caller)
    assert (caller.key and caller.key.key_id, caller.author, caller.shop) == (
        key_of(SERVER).key_id,
        "key:server000000",
        "shop",
    )


def test_a_key_ends_at_its_moment() -> None:
    clock = SettableClock()
    ending = replace(key_of(SERVER), expires_at=NOON + timedelta(hours=1))
    check = KeyCheck(KnownKeys(KeyBook((ending,))), clock.now, NEVER_WITHOUT_KEY)
    shown = ShownKey((SERVER.encode(),))

    assert isinstance(check.judge(Scope.TRACK, shown), Caller)
    clock.advance(timedelta(hours=1))
    refusal = check.judge(Scope.TRACK, shown)
    assert isinstance(refusal, KeyRefusal)
    assert "expired on 2025-06-02" in refusal.detail


def test_who_was_let_in_before_is_let_in_until_the_key_ends_or_the_book_is_another() -> None:
    clock = SettableClock()
    ending = replace(key_of(SERVER), expires_at=NOON + timedelta(hours=1))
    keys = KnownKeys(KeyBook((ending,)))
    check = KeyCheck(keys, clock.now, NEVER_WITHOUT_KEY)
    fields = {KEY: SERVER.encode()}

    first = check.recall(Scope.TRACK, fields, b"")
    assert first is not None
    assert check.recall(Scope.TRACK, fields, b"") is first
    assert check.recall(Scope.RULES_WRITE, fields, b"") is None
    assert check.recall(Scope.TRACK, {**fields, b"origin": SHOP_PAGE.encode()}, b"") is None
    clock.advance(timedelta(hours=1))
    assert check.recall(Scope.TRACK, fields, b"") is None

    page = {KEY: PUBLISHABLE.encode(), b"origin": SHOP_PAGE.encode()}
    keys.take(known_book())
    assert check.recall(Scope.TRACK, page, b"") is not None
    keys.take(KeyBook((replace(key_of(PUBLISHABLE), origins=("https://other.example",)),)))
    assert check.recall(Scope.TRACK, page, b"") is None
    assert check.recall(Scope.TRACK, {}, b"") is None


@pytest.mark.parametrize(
    ("text", "why"),
    [(REVOKED, "was revoked on"), (EXPIRED, "expired on"), (FORMER, "has a newer secret")],
)
def test_whoever_has_its_secret_hears_why_a_key_is_over(text: str, why: str) -> None:
    refusal = _refusal(Scope.TRACK, ShownKey((text.encode(),)))

    assert refusal.kind is KEY_REFUSED
    assert why in refusal.detail


@pytest.mark.parametrize(
    ("settings", "is_open"),
    [
        (ServingSettings(), True),
        (ServingSettings(host="::1"), True),
        (ServingSettings(host="localhost"), True),
        (ServingSettings(trusted_proxies=("127.0.0.1",)), False),
        (ServingSettings(host="0.0.0.0"), False),  # noqa: S104 - as containers do
    ],
)
def test_nobody_needs_a_key_where_nobody_else_can_call(
    settings: ServingSettings, *, is_open: bool
) -> None:
    needs = OpenNeeds.of(settings)

    assert needs.include(Scope.TRACK) is is_open
    assert not needs.include(Scope.CATALOGUE_READ)
    assert needs.include(PUBLIC)


@pytest.mark.parametrize("header", [b"x-forwarded-for", b"forwarded", b"via", b"x-real-ip"])
def test_whoever_comes_by_a_proxy_that_is_not_listed_needs_a_key(header: bytes) -> None:
    check = KeyCheck(KEYS, SettableClock().now, OpenNeeds.of(ServingSettings()))
    said = {header: b"192.0.2.1"}

    for need in (Scope.TRACK, Scope.PROFILES, OPERATIONS):
        assert check.judge(need, plain_key({}, b"")) == NOBODY
        assert check.judge(need, plain_key(said, b"")) == THROUGH_PROXY
    assert check.recall(Scope.TRACK, {}, b"") == NOBODY
    assert check.recall(Scope.TRACK, said, b"") is None
    assert check.judge(PUBLIC, plain_key(said, b"")) == NOBODY
    with_key = check.judge(Scope.TRACK, plain_key({**said, KEY: PUBLISHABLE.encode()}, b""))
    assert with_key == Caller.with_key(key_of(PUBLISHABLE))
    port = KeyCheck(NoKeys(), SettableClock().now, OPERATIONS_PORT)
    assert port.judge(OPERATIONS, plain_key(said, b"")) == NOBODY


async def _answer(request: Request) -> Response:
    return Response(str(caller_of(request.scope)))


def test_a_route_without_a_row_is_found_and_closed() -> None:
    rows = {("GET", "/a/{x}"): Scope.TRACK}
    routes = [
        Route("/a/{x}", _answer),
        Route("/a/b", _answer),
        Route("/a", _answer, methods=["PUT"]),
    ]
    index = RouteIndex(Router(routes), rows)

    def needs(method: str, path: str) -> object:
        found = index.find(method, path)
        return found and (found.path, found.needs[method])

    # As the router, which takes the first one.
    assert needs("GET", "/a/b") == needs("HEAD", "/a/c") == ("/a/{x}", Scope.TRACK)
    assert needs("PUT", "/a") == ("/a", None)
    assert needs("GET", "/a") is needs("PUT", "/a/b") is needs("GET", "/a/b/c") is None
    assert ("PUT", "/a") in index.without_row()
    check = KeyCheck(KEYS, SettableClock().now, OpenNeeds(publishable=True, operations=True))
    assert check.judge(None, ShownKey((SERVER.encode(),))) == CLOSED
