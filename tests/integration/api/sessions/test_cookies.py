"""Which requests may put a session into a browser."""

import httpx
import pytest

from tests.builders.wire_event import OTHER_SESSION, SESSION, a_wire_event

PATH = f"/v1/profiles/{SESSION}"
FETCH = {"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}
OPENED = {"sec-fetch-site": "none", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


@pytest.mark.parametrize("headers", [{}, FETCH])
def test_the_shops_own_scripts_and_servers_are_given_the_cookie(
    client: httpx.Client, headers: dict[str, str]
) -> None:
    answer = client.get(PATH, headers=headers)
    assert f".{SESSION}." in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "headers",
    [
        OPENED,
        OPENED | {"sec-fetch-site": "same-origin"},
        OPENED | {"sec-fetch-site": "cross-site", "sec-fetch-dest": "iframe"},
        {"accept": "text/html,application/xhtml+xml"},
        FETCH | {"sec-fetch-site": "cross-site", "origin": "https://other.example"},
        FETCH | {"sec-fetch-site": "cross-site", "sec-fetch-dest": "image"},
        FETCH | {"sec-fetch-site": "same-site"},
        {"origin": "https://other.example"},
        {"origin": "http://["},
        {"origin": "null"},
    ],
)
def test_an_address_that_is_opened_embedded_or_called_from_elsewhere_sets_none(
    client: httpx.Client, headers: dict[str, str]
) -> None:
    answer = client.get(PATH, headers=headers)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers


def test_reading_another_sessions_profile_never_replaces_the_visitors_own(
    client: httpx.Client,
) -> None:
    client.post("/v1/track", json=a_wire_event())
    own = client.cookies["fr_session"]
    for headers in ({}, FETCH, OPENED):
        for path in (f"/v1/profiles/{OTHER_SESSION}",):
            assert "set-cookie" not in client.get(path, headers=headers).headers
    assert client.cookies["fr_session"] == own
    assert client.get(PATH, headers=FETCH).status_code == 200


@pytest.mark.parametrize(
    "headers", [{"x-forwarded-proto": "https"}, {"origin": "https://127.0.0.1"}]
)
def test_over_https_the_cookie_is_bound_to_this_host(
    client: httpx.Client, headers: dict[str, str]
) -> None:
    headers = {**headers, "host": "127.0.0.1"}
    answer = client.post("/v1/track", json=a_wire_event(), headers=headers)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-fr_session=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    token = cookie.partition(";")[0]
    assert httpx.get(f"{client.base_url}{PATH}", headers={"cookie": token}).status_code == 200
