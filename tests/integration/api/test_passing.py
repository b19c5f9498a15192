"""Crawlers and pages loaded ahead are answered, and leave nothing behind."""

import httpx
import pytest
from prometheus_client import REGISTRY

from api.state import ApiServices
from personalization.domain.identifiers import SessionId
from personalization.ports.event_log import EventLog
from personalization.ports.topics import DEAD_LETTER, USER_INTERACTIONS
from tests.builders.moments import NOON
from tests.builders.wire_event import SESSION, a_wire_event

PASSING = [
    ({"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}, "crawler"),
    ({"sec-purpose": "prefetch;prerender"}, "prefetch"),
    ({"purpose": "prefetch"}, "prefetch"),
    ({"x-moz": "prefetch"}, "prefetch"),
]


VISIT = SessionId(SESSION)


def _count(reason: str) -> float:
    name = "fitting_room_requests_not_counted_total"
    return REGISTRY.get_sample_value(name, {"reason": reason}) or 0


def _events() -> float:
    name = "fitting_room_events_tracked_total"
    return REGISTRY.get_sample_value(name, {"verdict": "not_counted"}) or 0


def _records(log: EventLog) -> int:
    consumer = log.consumer("test", [USER_INTERACTIONS, DEAD_LETTER])
    records = list(consumer.poll(100, 0.0))
    consumer.close()
    return len(records)


@pytest.mark.parametrize(("headers", "reason"), PASSING)
def test_their_events_get_a_verdict_and_are_neither_logged_nor_set_aside(
    client: httpx.Client, log: EventLog, headers: dict[str, str], reason: str
) -> None:
    before, events = _count(reason), _events()
    batch = [a_wire_event(), a_wire_event(event_id="event-2", product_id="unknown")]
    answer = client.post("/v1/track", json={"events": batch}, headers=headers)
    body = answer.json()
    assert answer.status_code == 200
    assert (body["accepted"], body["rejected"]) == (0, 2)
    assert [verdict["event_id"] for verdict in body["verdicts"]] == ["event-1", "event-2"]
    assert {verdict["code"] for verdict in body["verdicts"]} == {"not_counted"}
    assert "session_token" not in body
    assert "set-cookie" not in answer.headers
    assert _records(log) == 0
    assert _count(reason) == before + 1
    assert _events() == events + 2
    # The session is still to be begun, by a shopper.
    assert client.post("/v1/track", json=a_wire_event()).status_code == 202


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("headers", [PASSING[0][0], PASSING[1][0]])
def test_their_reading_of_a_profile_leaves_nothing(
    client: httpx.Client, services: ApiServices, method: str, headers: dict[str, str]
) -> None:
    answer = client.request(method, f"/v1/profiles/{SESSION}", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["x-profile-source"] == "unrecorded"
    assert "set-cookie" not in answer.headers
    assert "x-session-token" not in answer.headers
    if method == "GET":
        assert answer.json()["slate"]
    assert list(services.decisions.list_session(VISIT, NOON, 10)) == []
    assert services.profiles.read_many([VISIT]) == {}
    assert services.claims.read(VISIT) is None


def test_a_head_request_leaves_nothing_either(client: httpx.Client, services: ApiServices) -> None:
    assert client.head(f"/v1/profiles/{SESSION}").status_code == 200
    # What a stream would send has no end.
    assert client.head(f"/v1/profiles/{SESSION}/stream").status_code == 405
    assert services.profiles.read_many([VISIT]) == {}
    assert services.claims.read(VISIT) is None


def test_a_shoppers_page_that_is_loaded_ahead_is_still_their_own(client: httpx.Client) -> None:
    token = client.get(f"/v1/profiles/{SESSION}").headers["x-session-token"]
    ahead = {"authorization": f"Bearer {token}", "sec-purpose": "prefetch"}
    answer = client.get(f"/v1/profiles/{SESSION}", headers=ahead)
    assert answer.headers["x-profile-source"] != "unrecorded"
