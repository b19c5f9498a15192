"""What is answered without the application is answered as the application does."""

import logging
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from api.app import create_app
from api.keys.shown_key import KEY_HEADER
from api.state import ApiServices
from personalization.domain.access.api_key import AccessRole
from personalization.domain.session import SESSION_LIFE
from tests.builders.access.known_keys import (
    OF_ROLE,
    PUBLISHABLE,
    REVOKED,
    SERVER,
    SHOP_PAGE,
    WRONG,
)
from tests.builders.settable_clock import SettableClock
from tests.builders.wire_event import OTHER_SESSION, SESSION, a_wire_event
from tests.integration.api.serving import serve_app
from tests.raw_http import raw_client
from tests.waiting import eventually

PATH = f"/v1/profiles/{SESSION}"
TEMPLATE = "/v1/profiles/{session_id}"
NOT_PLAIN = [("x-twice", "1"), ("x-twice", "2")]
"""What a header says twice is left to the application."""


class WatchedApplication:
    """Counts the requests that come to the application."""

    def __init__(self, services: ApiServices) -> None:
        self.app = create_app(services)
        self.requests = 0
        self._stack = self.app.build_middleware_stack()
        self.app.middleware_stack = self._count

    async def _count(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.requests += scope["type"] == "http"
        await self._stack(scope, receive, send)


@pytest.fixture
def application(services: ApiServices) -> WatchedApplication:
    return WatchedApplication(services)


@pytest.fixture
def address(application: WatchedApplication, services: ApiServices) -> Iterator[str]:
    with serve_app(application.app, services.settings) as (address, _):
        yield address


@pytest.fixture
def bearer(client: httpx.Client) -> tuple[str, str]:
    """Return the token's header of a session whose profile is in memory."""
    token = client.post("/v1/track", json=a_wire_event()).headers["x-session-token"]
    client.cookies.clear()
    bearer = ("authorization", f"Bearer {token}")
    client.get(PATH, headers=[bearer])
    return bearer


def _content(answer: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    fields = {name: value for name, value in answer.headers.items() if name != "date"}
    if "ratelimit" in fields:
        # Each answer has one request less to give.
        fields["ratelimit"] = "told"
    return answer.status_code, fields, answer.content


def test_memory_answers_without_the_application(
    client: httpx.Client, bearer: tuple[str, str], application: WatchedApplication
) -> None:
    before = application.requests
    first = client.get(PATH, headers=[bearer])
    tag = first.headers["etag"]
    again = client.get(PATH, headers=[bearer, ("if-none-match", f'"other", W/{tag}')])
    other = client.get(
        PATH, headers=[bearer, ("if-none-match", '"other"')], params={"region": "de"}
    )
    cookie = ("cookie", f"other=1; fr_session={bearer[1].removeprefix('Bearer ')}")
    by_cookie = client.get(PATH, headers=[cookie, ("x-session-secret", "s" * 30)])

    answers = (first, again, other, by_cookie)
    assert [answer.status_code for answer in answers] == [200, 304, 200, 200]
    assert first.json()["session_id"] == SESSION
    assert first.headers["x-profile-source"] == "memory"
    assert first.content == other.content == by_cookie.content
    assert "date" in first.headers
    assert application.requests == before


def test_every_request_is_answered_as_by_the_application(
    client: httpx.Client, bearer: tuple[str, str]
) -> None:
    tag = client.get(PATH, headers=[bearer]).headers["etag"]
    cases: list[list[tuple[str, str]]] = [
        [bearer],
        [bearer, ("if-none-match", tag)],
        [bearer, ("accept-language", "de-DE"), ("user-agent", "Mozilla/5.0 (X11; Linux)")],
        [bearer, ("origin", "https://elsewhere.example"), ("sec-fetch-site", "cross-site")],
        [bearer, ("host", "elsewhere.example")],
        [bearer, ("x-session-secret", "short")],
        [bearer, ("x-session-secret", "a-secret-that-is-long-enough")],
        [bearer, ("sec-purpose", "prefetch")],
        [bearer, ("user-agent", "Googlebot/2.1")],
        [bearer, ("cookie", "fr_session=nonsense")],
        [("authorization", bearer[1][:-1])],
        [("authorization", "Basic nonsense")],
        [("cookie", "fr_session=nonsense; other=1")],
        [],
        [bearer, (KEY_HEADER, PUBLISHABLE)],
        [bearer, (KEY_HEADER, PUBLISHABLE), ("origin", SHOP_PAGE)],
        [bearer, (KEY_HEADER, PUBLISHABLE), ("origin", "https://elsewhere.example")],
        [bearer, (KEY_HEADER, SERVER)],
        [bearer, (KEY_HEADER, OF_ROLE[AccessRole.VIEWER])],
        [bearer, (KEY_HEADER, WRONG)],
        [bearer, (KEY_HEADER, REVOKED)],
        [("authorization", f"Bearer {SERVER}")],
    ]
    elsewhere = (
        f"/v1/profiles/{OTHER_SESSION}",
        "/v1/profiles/nobody",
        f"{PATH}/",
        f"{PATH}?key={PUBLISHABLE}",
        f"{PATH}?key={SERVER}",
    )
    for path, case in [(PATH, case) for case in cases] + [(path, [bearer]) for path in elsewhere]:
        prompt = client.get(path, headers=case)
        ordinary = client.get(path, headers=case + NOT_PLAIN)
        assert _content(prompt) == _content(ordinary), (path, case)
    for method in ("HEAD", "POST", "DELETE", "OPTIONS"):
        prompt = client.request(method, PATH, headers=[bearer])
        ordinary = client.request(method, PATH, headers=[bearer, *NOT_PLAIN])
        assert _content(prompt) == _content(ordinary)


def test_without_the_application_a_key_is_needed_all_the_same(
    services: ApiServices, bearer: tuple[str, str]
) -> None:
    settings = services.settings.model_copy(update={"trusted_proxies": ("192.0.2.1",)})
    app = create_app(replace(services, settings=settings))
    with serve_app(app, settings) as (address, _):
        with_key = [bearer, (KEY_HEADER, PUBLISHABLE)]
        for _ in range(3):
            assert httpx.get(address + PATH, headers=with_key).status_code == 200
            assert httpx.get(address + PATH, headers=[bearer]).status_code == 401


def test_a_token_that_was_checked_before_expires_all_the_same(
    client: httpx.Client, bearer: tuple[str, str], clock: SettableClock
) -> None:
    assert client.get(PATH, headers=[bearer]).status_code == 200
    clock.advance(SESSION_LIFE)
    assert client.get(PATH, headers=[bearer]).status_code == 401


def test_the_line_of_a_request_is_the_same(
    client: httpx.Client, bearer: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    def lines() -> list[dict[str, object]]:
        records = [record for record in caplog.records if record.name == "api.access"]
        return [getattr(record, "fields", {}) for record in records]

    with caplog.at_level(logging.INFO, "api.access"):
        client.get(PATH, headers=[bearer])
        # Each line is written after its answer was sent.
        eventually(lambda: [line["path"] for line in lines()][-1:] == [TEMPLATE])
        before = len(lines())
        client.get(PATH, headers=[bearer])
        eventually(lambda: len(lines()) == before + 1)
        client.get(PATH, headers=[bearer, *NOT_PLAIN])
        eventually(lambda: len(lines()) == before + 2)
    prompt, ordinary = lines()[before:]
    assert prompt.keys() == ordinary.keys()
    assert prompt | {"milliseconds": 0} == ordinary | {"milliseconds": 0}


def test_requests_sent_at_once_are_answered_in_their_order(
    address: str, bearer: tuple[str, str]
) -> None:
    get = f"GET {PATH} HTTP/1.1\r\nhost: localhost\r\nauthorization: {bearer[1]}\r\n".encode()
    health = b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n"
    with raw_client(address) as client:
        client.send((get + b"\r\n") * 12 + health + get + b"connection: close\r\n\r\n")
        *profiles, live, last = client.rest().split(b"HTTP/1.1 200 OK\r\n")[1:]

    assert len(profiles) == 12
    assert all(b"x-profile-source: memory" in profile for profile in (*profiles, last))
    assert b"x-profile-source" not in live


def test_where_it_fails_the_application_answers(services: ApiServices) -> None:
    class Failing:
        def begin(self, *request: object) -> None:
            raise RuntimeError(request)

    app = create_app(services)
    app.state.hot_requests = Failing()
    with serve_app(app, services.settings) as (address, _):
        assert httpx.get(f"{address}/health/live").status_code == 200
