"""Pages of other sites: what their browsers are let read, by the origins of keys."""

from dataclasses import replace
from uuid import uuid4

import httpx
import pytest

from api.keys.shown_key import KEY_HEADER
from api.state import ApiServices
from tests.builders.access.known_keys import PUBLISHABLE, REVOKED, SERVER, SHOP_PAGE
from tests.builders.wire_event import a_wire_event
from tests.integration.api.serving import serve

ALLOW = "access-control-allow-origin"
PAGE = {"origin": SHOP_PAGE, "sec-fetch-site": "cross-site"}
WITH_KEY = {**PAGE, KEY_HEADER: PUBLISHABLE}
EVIL = "https://evil.example"


def _preflight(
    client: httpx.Client, path: str, method: str, origin: str = SHOP_PAGE
) -> httpx.Response:
    headers = {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": f"content-type,{KEY_HEADER}",
    }
    return client.options(path, headers=headers)


def test_a_preflight_is_answered_for_the_pages_of_any_key(client: httpx.Client) -> None:
    answer = _preflight(client, "/v1/track", "POST")

    assert answer.status_code == 204
    assert answer.headers[ALLOW] == SHOP_PAGE
    assert answer.headers["access-control-allow-methods"] == "POST"
    assert KEY_HEADER in answer.headers["access-control-allow-headers"]
    assert int(answer.headers["access-control-max-age"]) > 0
    assert answer.headers["vary"] == "origin"
    assert "access-control-allow-credentials" not in answer.headers
    product = _preflight(client, "/v1/products/A%2FB", "GET")
    assert product.headers["access-control-allow-methods"] == "GET"


@pytest.mark.parametrize(
    ("path", "origin"),
    [
        ("/v1/track", EVIL),
        ("/v1/track", f"{SHOP_PAGE}.evil.example"),
        ("/v1/track", "null"),
        ("/v1/track", "https://" + "a" * 10_000),
        ("/metrics", SHOP_PAGE),
        ("/nowhere", SHOP_PAGE),
    ],
)
def test_no_other_preflight_is(client: httpx.Client, path: str, origin: str) -> None:
    assert ALLOW not in _preflight(client, path, "GET", origin).headers


def test_a_page_with_its_key_sends_and_reads(client: httpx.Client) -> None:
    session = str(uuid4())
    sent = client.post("/v1/track", json=a_wire_event(session_id=session), headers=WITH_KEY)
    token = {"authorization": f"Bearer {sent.headers['x-session-token']}"}
    path = f"/v1/profiles/{session}"
    # The second one is answered from memory.
    first, second = (client.get(path, headers={**WITH_KEY, **token}) for _ in range(2))
    unchanged = client.get(
        path, headers={**WITH_KEY, **token, "if-none-match": second.headers["etag"]}
    )

    assert [answer.status_code for answer in (sent, first, second, unchanged)] == [
        202,
        200,
        200,
        304,
    ]
    for answer in (sent, first, second, unchanged):
        assert answer.headers[ALLOW] == SHOP_PAGE
        shown = answer.headers["access-control-expose-headers"]
        assert {"etag", "x-session-token", "retry-after"} <= set(shown.split(", "))
        assert "access-control-allow-credentials" not in answer.headers
        assert "set-cookie" not in answer.headers
    with client.stream("GET", f"{path}/stream", headers={**WITH_KEY, **token}) as stream:
        assert (stream.status_code, stream.headers[ALLOW]) == (200, SHOP_PAGE)


def test_a_page_may_read_why_its_key_is_refused(client: httpx.Client) -> None:
    refused = client.get("/v1/products?id=shirt-1", headers={**PAGE, KEY_HEADER: REVOKED})
    secret = client.get("/v1/products?id=shirt-1", headers={**PAGE, KEY_HEADER: SERVER})

    assert (refused.status_code, refused.headers[ALLOW]) == (401, SHOP_PAGE)
    assert (secret.status_code, secret.headers[ALLOW]) == (403, SHOP_PAGE)


def test_a_page_reads_nothing_without_a_key_or_with_that_of_another(client: httpx.Client) -> None:
    answers = [
        client.get("/v1/products?id=shirt-1", headers=PAGE),
        client.get("/metrics", headers=WITH_KEY),
        client.get("/v1/products?id=shirt-1", headers={**WITH_KEY, "origin": EVIL}),
        client.post("/v1/track", json=a_wire_event(), headers={**WITH_KEY, "origin": EVIL}),
        client.post("/v1/track", json=a_wire_event(), headers=PAGE),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 403, 403, 403]
    assert all(ALLOW not in answer.headers for answer in answers)


def test_a_beacon_carries_its_key_in_the_address(client: httpx.Client) -> None:
    event = a_wire_event(session_id=str(uuid4()))

    sent = client.post(f"/v1/track?key={PUBLISHABLE}", json=event, headers=PAGE)

    assert (sent.status_code, sent.headers[ALLOW]) == (202, SHOP_PAGE)


def test_listed_sites_go_on_as_before(services: ApiServices) -> None:
    settings = services.settings.model_copy(update={"allowed_origins": ("https://blog.example",)})
    with serve(replace(services, settings=settings)) as address:
        headers = {"origin": "https://blog.example"}
        answer = httpx.get(f"{address}/v1/products?id=shirt-1", headers=headers)
        keyed = httpx.get(f"{address}/v1/products?id=shirt-1", headers=WITH_KEY)

    assert answer.headers[ALLOW] == "https://blog.example"
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert "etag" in answer.headers["access-control-expose-headers"]
    assert keyed.headers[ALLOW] == SHOP_PAGE
    assert "access-control-allow-credentials" not in keyed.headers
