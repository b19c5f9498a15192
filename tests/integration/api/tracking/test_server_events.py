"""What a shop's server sends with a secret key: events of any session, and orders that count."""

import httpx
import pytest

from api.keys.shown_key import KEY_HEADER
from personalization.codec.json_codec import EVENT
from personalization.domain.event import Event
from personalization.domain.reward import reward
from personalization.ports.event_log import EventLog
from personalization.ports.topics import USER_INTERACTIONS
from personalization.settings.serving import PurchaseSource, ServingSettings
from tests.builders.access.known_keys import PUBLISHABLE, SERVER
from tests.builders.wire_event import OTHER_SESSION, SESSION, a_wire_event

SERVER_KEY = {KEY_HEADER: SERVER}
ORDER = {"type": "checkout", "order_id": "4711"}


@pytest.fixture
def serving(serving: ServingSettings) -> ServingSettings:
    return serving.model_copy(update={"purchases_from": PurchaseSource.SECRET})


def events_in(log: EventLog) -> list[Event]:
    consumer = log.consumer(
        "test", [USER_INTERACTIONS], range(log.partition_count(USER_INTERACTIONS))
    )
    try:
        records = consumer.poll(100, 1.0)
    finally:
        consumer.close()
    return [EVENT.decode(record.value) for record in records]


def test_a_server_sends_events_of_any_sessions_without_a_token(
    client: httpx.Client, stranger: httpx.Client, log: EventLog
) -> None:
    assert client.post("/v1/track", json=a_wire_event()).status_code == 202
    events = [
        a_wire_event(event_id="1", session_id=OTHER_SESSION),
        a_wire_event(event_id="2", type="add_to_cart"),
        a_wire_event(event_id="3", session_id="odd"),
        {"session_id": SESSION, "type": 7},
        a_wire_event(event_id="1", session_id=OTHER_SESSION),
    ]
    answer = stranger.post("/v1/track", json=events, headers=SERVER_KEY)
    assert answer.status_code == 202
    verdicts = [(found["event_id"], found["verdict"]) for found in answer.json()["verdicts"]]
    assert verdicts == [
        ("1", "accepted"),
        ("2", "accepted"),
        ("3", "rejected"),
        (None, "rejected"),
        ("1", "duplicate"),
    ]
    assert "session_token" not in answer.json()
    assert "set-cookie" not in answer.headers
    assert {(event.session_id, event.event_id) for event in events_in(log)} >= {
        (OTHER_SESSION, "1"),
        (SESSION, "2"),
    }


def test_the_order_of_a_page_is_worth_nothing_and_that_of_the_server_counts_once(
    client: httpx.Client, stranger: httpx.Client, log: EventLog
) -> None:
    page = client.post("/v1/track", json=a_wire_event(event_id="page", **ORDER))
    (verdict,) = page.json()["verdicts"]
    assert (verdict["event_id"], verdict["verdict"]) == ("page", "accepted")
    assert verdict["warnings"][0]["code"] == "unattested_order"
    with_key = {KEY_HEADER: PUBLISHABLE}
    of_key = a_wire_event(event_id="keyed", session_id=OTHER_SESSION, **ORDER)
    (verdict,) = stranger.post("/v1/track", json=of_key, headers=with_key).json()["verdicts"]
    assert verdict["warnings"][0]["code"] == "unattested_order"
    for number in range(2):
        again = a_wire_event(event_id=f"server-{number}", **ORDER)
        (verdict,) = stranger.post("/v1/track", json=again, headers=SERVER_KEY).json()["verdicts"]
        assert (verdict["event_id"], verdict["verdict"]) == (f"server-{number}", "accepted")
        assert "warnings" not in verdict
    of_session = [event for event in events_in(log) if event.session_id == SESSION]
    assert [reward(event) for event in of_session] == [0.0, 5.0, 5.0]
    assert len({event.event_id for event in of_session}) == 2


def test_a_publishable_key_sends_nothing_of_others(
    client: httpx.Client, stranger: httpx.Client
) -> None:
    client.post("/v1/track", json=a_wire_event())
    answer = stranger.post(
        "/v1/track", json=a_wire_event(event_id="2"), headers={KEY_HEADER: PUBLISHABLE}
    )
    assert answer.status_code == 401
