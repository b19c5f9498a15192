"""Too many events are refused at once, each of them told and counted, and pages are answered."""

import json

import httpx
import pytest
from pydantic import SecretStr

from personalization.ports.event_log import EventLog
from personalization.ports.topics import USER_INTERACTIONS
from personalization.settings.admission import AdmissionSettings
from personalization.settings.serving import ServingSettings
from tests.builders.wire_event import SESSION, a_wire_event
from tests.raw_http import raw_client

MOST = 4
EVENTS = 2
"""Of each batch."""


@pytest.fixture
def serving() -> ServingSettings:
    """Return the settings of a shop without a scorer, in which few events may wait, and do."""
    admission = AdmissionSettings(most_waiting=MOST, fewest_waiting=MOST, forget_seconds=3_600)
    return ServingSettings(secret=SecretStr("secret"), port=0, admission=admission)


def shed_events(client: httpx.Client) -> float:
    name = 'fitting_room_events_shed_total{queue="scorer"} '
    lines = [line for line in client.get("/metrics").text.splitlines() if line.startswith(name)]
    return sum(float(line.removeprefix(name)) for line in lines)


def test_all_are_answered_or_told_and_what_is_let_in_is_in_the_log(
    client: httpx.Client, log: EventLog
) -> None:
    before, answers, pages = shed_events(client), [], []
    for number in range(10):
        events = [
            a_wire_event(event_id=f"event-{number}-{place}", session_id=SESSION)
            for place in range(EVENTS)
        ]
        answers.append(client.post("/v1/track", json={"events": events}))
        pages.append(client.get(f"/v1/profiles/{SESSION}").status_code)

    statuses = [answer.status_code for answer in answers]
    refused = [answer for answer in answers if answer.status_code == 503]
    assert statuses[:2] == [202, 202]
    assert set(statuses) == {202, 503}
    assert set(pages) == {200}
    for answer in refused:
        assert answer.headers["content-type"] == "application/problem+json"
        assert int(answer.headers["retry-after"]) > 0
        assert answer.json()["type"] == "/problems/overloaded"
    assert shed_events(client) - before == EVENTS * len(refused)
    stored = log.consumer("nobody", [USER_INTERACTIONS]).poll(100, 0)
    assert len(stored) == EVENTS * statuses.count(202)


def test_a_refused_batch_takes_no_session_and_may_be_sent_again(
    client: httpx.Client, stranger: httpx.Client
) -> None:
    full = [a_wire_event(event_id=f"event-{number}") for number in range(MOST)]
    client.post("/v1/track", json={"events": full}).raise_for_status()
    other = a_wire_event(session_id="00000000-0000-4000-8000-00000000000f")

    refused = stranger.post("/v1/track", json={"events": [other]})

    assert refused.status_code == 503
    assert "set-cookie" not in refused.headers
    assert "x-session-token" not in refused.headers


def test_a_batch_in_pieces_is_counted_whole_and_the_connection_goes_on(
    client: httpx.Client, address: str
) -> None:
    full = [a_wire_event(event_id=f"event-{number}") for number in range(MOST)]
    client.post("/v1/track", json={"events": full}).raise_for_status()
    before = shed_events(client)
    body = json.dumps([a_wire_event(event_id=f"later-{number}") for number in range(3)]).encode()
    head = b"POST /v1/track HTTP/1.1\r\nhost: localhost\r\ncontent-length: %d\r\n" % len(body)
    cut = body.index(b"event_id") + 3

    with raw_client(address) as raw:
        raw.send(head + b"\r\n" + body[:cut])
        raw.send(body[cut:])
        raw.send(head + b"connection: close\r\n\r\n" + body)
        answers = raw.rest().split(b"HTTP/1.1 ")[1:]

    assert [answer[:4] for answer in answers] == [b"503 ", b"503 "]
    assert answers[0].partition(b"\r\n\r\n")[2] == answers[1].partition(b"\r\n\r\n")[2]
    assert shed_events(client) - before == 6
