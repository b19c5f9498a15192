"""Requests of other sites' pages, what answers tell a browser, and what is logged of them."""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from uuid import uuid4

import httpx
import pytest

from api.state import ApiServices
from tests.builders.wire_event import SESSION, a_wire_event
from tests.integration.api.serving import serve

LISTED = "https://blog.example"


@pytest.fixture
def address(services: ApiServices) -> Iterator[str]:
    settings = services.settings.model_copy(update={"allowed_origins": (LISTED,)})
    with serve(replace(services, settings=settings)) as address:
        yield address


def _post(address: str, headers: Mapping[str, str]) -> httpx.Response:
    event = a_wire_event(session_id=str(uuid4()))
    return httpx.post(f"{address}/v1/track", content=json.dumps(event), headers=dict(headers))


def test_a_page_of_another_site_may_not_send(address: str) -> None:
    foreign: list[dict[str, str]] = [
        {"origin": "https://evil.example", "content-type": "text/plain"},
        {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        {"origin": "null", "content-type": "text/plain"},
        {"origin": address.replace("http:", "ftp:")},
        {"origin": "http://127.0.0.1:1"},
        {"origin": "https://blog.example.evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "Cross-Site"},
        {"sec-fetch-site": "some-other-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": address, "sec-fetch-site": "cross-site"},
    ]

    answers = [_post(address, headers) for headers in foreign]

    assert [answer.status_code for answer in answers] == [403] * len(foreign)
    assert {answer.json()["type"] for answer in answers} == {"/problems/foreign-origin"}
    assert all("set-cookie" not in answer.headers for answer in answers)


def test_our_own_pages_listed_sites_and_servers_may_send(address: str) -> None:
    welcome: list[dict[str, str]] = [
        # As `sendBeacon` of the shop's own page does.
        {"origin": address, "sec-fetch-site": "same-origin", "content-type": "text/plain"},
        {"origin": LISTED, "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "none"},
        {"content-type": "application/json"},
        {},
    ]

    assert [_post(address, headers).status_code for headers in welcome] == [202] * len(welcome)


def test_a_foreign_name_that_leads_here_is_not_answered(address: str) -> None:
    headers = {"host": "evil.example", "origin": "http://evil.example"}

    answers = [
        _post(address, headers),
        httpx.get(f"{address}/v1/profiles/{uuid4()}", headers={"host": "evil.example"}),
    ]

    assert [answer.status_code for answer in answers] == [421, 421]
    assert answers[0].json()["type"] == "/problems/unknown-host"


def test_every_answer_keeps_a_browser_from_guessing_framing_and_storing(address: str) -> None:
    with httpx.Client(base_url=address) as client:
        profile = client.get(f"/v1/profiles/{SESSION}")
        answers = [
            profile,
            client.get(
                f"/v1/profiles/{SESSION}", headers={"if-none-match": profile.headers["etag"]}
            ),
            client.get("/v1/products", params={"ids": "shirt-1"}),
            client.get("/v1/categories"),
            client.get(f"/v1/sessions/{SESSION}/decisions"),
            client.post("/v1/track", content="[]"),
            client.get("/nowhere"),
            client.put("/v1/track"),
            client.get("/health/ready"),
            client.get("/metrics"),
            client.get("/openapi.json"),
            client.get("/"),
            client.get("/docs"),
            client.options(
                "/v1/track", headers={"origin": LISTED, "access-control-request-method": "POST"}
            ),
        ]

    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff", answer.url
        assert answer.headers["x-frame-options"] == "DENY", answer.url
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], answer.url
        assert answer.headers["referrer-policy"] == "same-origin", answer.url
        assert len(answer.headers.get_list("cache-control")) == 1
    told = [answer.headers["cache-control"] for answer in answers]
    assert told[:2] == ["private, no-cache"] * 2
    assert set(told[2:10]) == {"no-store"}


def test_a_failure_of_ours_is_answered_with_the_same_headers(services: ApiServices) -> None:
    class FailingCatalogue:
        def all_categories(self) -> None:
            raise ZeroDivisionError

    broken = replace(services, catalogue=FailingCatalogue())  # type: ignore[arg-type]
    with serve(broken) as address:
        answer = httpx.get(f"{address}/v1/categories")

    assert answer.status_code == 500
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


def test_no_line_of_the_log_holds_a_session(address: str, caplog: pytest.LogCaptureFixture) -> None:
    session = str(uuid4())
    with caplog.at_level(logging.DEBUG), httpx.Client(base_url=address) as client:
        client.get(f"/v1/profiles/{session}?token=secret")
        client.get(f"/v1/sessions/{session}/decisions")
        client.get(f"/v1/sessions/{session}/explanation")
        client.get(f"/v1/explanations/{session}")
        client.post(f"/v1/profiles/{session}", content="{}")
        client.get(f"/v1/nowhere/{session}")
        client.get(f"/product/{session}")
        client.get(f"/v1/profiles/{session.upper()}")
        httpx.get(f"{address}/v1/sessions/{session}/decisions")
        with client.stream("GET", f"/v1/profiles/{session}/stream"):
            pass

    ours = [
        record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))
    ]
    lines = [str({**vars(record), "message": record.getMessage()}) for record in ours]
    paths = {getattr(record, "fields", {}).get("path") for record in ours}
    assert [line for line in lines if session in line.lower() or "secret" in line] == []
    assert {
        "/v1/profiles/{session_id}",
        "/v1/sessions/{session_id}/decisions",
        "(no route)",
    } <= paths


def test_whoever_asks_for_what_is_not_there_is_told_so(address: str) -> None:
    foreign = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}

    answers = [
        httpx.request(method, f"{address}{path}", headers=foreign)
        for method, path in (("POST", "/v1/recommend"), ("PUT", "/v1/track"), ("DELETE", "/"))
    ]

    assert [answer.status_code for answer in answers] == [404, 405, 405]
