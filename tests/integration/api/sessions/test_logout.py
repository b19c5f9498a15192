"""A session is ended by who speaks for it, and nobody's token opens it any more."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

import httpx
import pytest

from api.keys.shown_key import KEY_HEADER
from api.sessions.revoked_sessions import LOOK_SECONDS
from api.state import ApiServices
from api.wiring import build_services
from personalization.domain.access.claim import Revocation
from personalization.ports.claim_store import ClaimStore
from personalization.ports.stores import KeptStores, LiveStores
from personalization.wiring import CoreSettings
from tests.builders.access.known_keys import PUBLISHABLE, SERVER
from tests.builders.settable_clock import SettableClock
from tests.builders.wire_event import OTHER_SESSION, SESSION, a_wire_event
from tests.integration.api.serving import serve
from tests.waiting import eventually

PATH = f"/v1/sessions/{SESSION}"
PROFILE = f"/v1/profiles/{SESSION}"


@pytest.fixture
def replica(
    services: ApiServices,
    settings: CoreSettings,
    kept_stores: KeptStores,
    live: LiveStores,
    clock: SettableClock,
) -> Iterator[httpx.Client]:
    """Return a client of another process over the same stores."""
    other = build_services(settings, services.settings, kept_stores, live, clock)
    with serve(other) as address, httpx.Client(base_url=address) as client:
        yield client


def begin(client: httpx.Client, session: str = SESSION) -> dict[str, str]:
    answer = client.post("/v1/track", json=a_wire_event(session_id=session))
    return {"authorization": f"Bearer {answer.json()['session_token']}"}


def test_a_logout_takes_the_token_and_the_cookie_back_and_the_next_visit_is_a_new_session(
    client: httpx.Client,
) -> None:
    token = begin(client)
    assert client.get(PROFILE, headers=token).status_code == 200
    ended = client.delete(PATH)
    assert (ended.status_code, ended.content) == (204, b"")
    assert "fr_session" not in client.cookies
    for refused in (
        client.get(PROFILE, headers=token),
        client.get(f"{PROFILE}/stream", headers=token),
        client.get(f"/v1/sessions/{SESSION}/decisions", headers=token),
        client.post("/v1/track", json=a_wire_event(event_id="late"), headers=token),
    ):
        assert refused.status_code == 401
        assert "begin a new session" in refused.json()["detail"]
    assert client.delete(PATH, headers=token).status_code == 204
    assert client.post("/v1/track", json=a_wire_event(session_id=OTHER_SESSION)).is_success
    assert client.get(f"/v1/profiles/{OTHER_SESSION}").status_code == 200


def test_other_processes_follow_and_their_open_streams_end(
    client: httpx.Client, replica: httpx.Client
) -> None:
    token = begin(client)
    assert replica.get(PROFILE, headers=token).status_code == 200
    with replica.stream("GET", f"{PROFILE}/stream", headers=token) as stream:
        lines = stream.iter_lines()
        assert next(lines)
        assert client.delete(PATH, headers=token).status_code == 204
        assert "connect again" in "\n".join(lines)
    assert replica.get(PROFILE, headers=token).status_code == 401


class CountedClaims:
    """A store of claims that counts how often it is asked what was ended."""

    def __init__(self, store: ClaimStore) -> None:
        self._store = store
        self.looks = 0

    def revoked_between(self, start: datetime, end: datetime) -> Sequence[Revocation]:
        found = self._store.revoked_between(start, end)
        self.looks += 1
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def test_two_looks_of_another_process_and_so_two_seconds_end_a_visit_there(
    client: httpx.Client,
    services: ApiServices,
    settings: CoreSettings,
    kept_stores: KeptStores,
    live: LiveStores,
    clock: SettableClock,
) -> None:
    claims = CountedClaims(kept_stores.claims)
    counted = replace(kept_stores, claims=cast("ClaimStore", claims))
    other = build_services(settings, services.settings, counted, live, clock)
    with serve(other) as address, httpx.Client(base_url=address) as replica:
        token = begin(client)
        assert replica.get(PROFILE, headers=token).status_code == 200
        assert client.post(f"{PATH}/logout", headers=token).status_code == 200
        before = claims.looks
        eventually(lambda: claims.looks >= before + 2)
        # The second look began after the logout, whatever the first one was about.
        assert replica.get(PROFILE, headers=token).status_code == 401
    assert 2 * LOOK_SECONDS <= 2


def test_nobody_ends_the_session_of_another(client: httpx.Client, stranger: httpx.Client) -> None:
    mine, others = begin(client), begin(stranger, OTHER_SESSION)
    stranger.cookies.clear()
    assert stranger.delete(PATH).status_code == 401
    assert stranger.delete(PATH, headers={"authorization": "Bearer odd"}).status_code == 401
    assert stranger.delete(PATH, headers=others).status_code == 403
    assert stranger.delete(PATH, headers={KEY_HEADER: PUBLISHABLE}).status_code == 401
    assert stranger.delete("/v1/sessions/odd").status_code == 404
    crossing = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    assert client.delete(PATH, headers=crossing).status_code == 403
    assert client.get(PROFILE, headers=mine).status_code == 200


def test_a_secret_key_that_says_who_is_logged_in_ends_any_session(
    client: httpx.Client, stranger: httpx.Client
) -> None:
    token = begin(client)
    assert stranger.delete(PATH, headers={KEY_HEADER: SERVER}).status_code == 204
    assert client.get(PROFILE, headers=token).status_code == 401
    # The cookie is of no use now: it does not stand in the way of the next session's.
    answer = client.post("/v1/track", json=a_wire_event(session_id=OTHER_SESSION))
    assert OTHER_SESSION in answer.headers["set-cookie"]


def test_a_session_that_nobody_has_begun_has_nothing_to_end(
    client: httpx.Client, kept_stores: KeptStores
) -> None:
    first = client.get(PROFILE)
    token = {"authorization": f"Bearer {first.headers['x-session-token']}"}
    assert client.delete(PATH, headers=token).status_code == 204
    assert kept_stores.claims.revoked_between(SettableClock().now(), SettableClock().now()) == []
    assert client.post("/v1/track", json=a_wire_event(), headers=token).status_code == 202
