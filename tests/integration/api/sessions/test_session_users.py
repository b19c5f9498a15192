"""Two people at one device: who gets which session."""

from datetime import timedelta
from itertools import pairwise

import httpx
import pytest

from api.keys.shown_key import KEY_HEADER
from api.state import ApiServices
from personalization.domain.access.shop import SHOP, ShopId
from personalization.domain.identifiers import ShopUserId
from personalization.ports.event_log import EventLog
from personalization.ports.topics import DEAD_LETTER, USER_INTERACTIONS
from tests.builders.access.known_keys import SERVER
from tests.builders.wire_event import OTHER_SESSION, a_wire_event
from tests.integration.api.sessions.people import known_as
from tests.integration.api.test_track import in_log

_Person = dict[str, object]
NOBODY: _Person = {"user_id": "nobody"}
ANN: _Person = {"user_id": "ann"}
BOB: _Person = {"user_id": "bob"}


def _event(person: _Person, number: int, **more: object) -> dict[str, object]:
    event = a_wire_event(event_id=f"event-{number}", **person, **more)
    # The builder leaves out what is None; here null has a meaning.
    return event | ({"user_id": None} if person is NOBODY else {})


def _token(services: ApiServices, user: object, shop: ShopId = SHOP, hours: float = 1) -> str:
    life, now = timedelta(hours=hours), services.clock.now()
    return services.user_tokens.issue(shop, ShopUserId(str(user)), life, now).text


@pytest.fixture
def attested_client(client: httpx.Client, services: ApiServices) -> httpx.Client:
    """Return a client whose every event is vouched for by a token of the user that it names."""

    def vouch(request: httpx.Request) -> None:
        user = next((name for name in ("ann", "bob") if name.encode() in request.content), None)
        if user is not None:
            request.headers["x-user-token"] = _token(services, user)

    client.event_hooks["request"].append(vouch)
    return client


def _verdict(client: httpx.Client, event: dict[str, object]) -> tuple[str, str]:
    found = client.post("/v1/track", json=event).json()["verdicts"][0]
    return found["verdict"], found.get("code", "ok")


@pytest.mark.parametrize(
    ("first", "second", "keeps"),
    [
        (NOBODY, NOBODY, True),
        (NOBODY, ANN, True),
        (NOBODY, BOB, True),
        (ANN, NOBODY, False),
        (ANN, ANN, True),
        (ANN, BOB, False),
        (BOB, NOBODY, False),
        (BOB, ANN, False),
        (BOB, BOB, True),
    ],
)
def test_a_visit_goes_on_only_for_who_came_from_nobody_or_stayed(
    attested_client: httpx.Client, first: _Person, second: _Person, *, keeps: bool
) -> None:
    client = attested_client
    earlier = _event(first, 1, occurred_at="2025-06-02T11:59:00Z")
    assert _verdict(client, earlier) == ("accepted", "ok")
    found = _verdict(client, _event(second, 2))
    assert found == (("accepted", "ok") if keeps else ("rejected", "other_user"))
    fresh = _event(second, 3, session_id=OTHER_SESSION)
    assert _verdict(client, fresh) == ("accepted", "ok")


def test_an_event_that_says_nothing_of_users_is_of_whose_session_it_is(
    attested_client: httpx.Client,
) -> None:
    client = attested_client
    assert _verdict(client, _event(ANN, 1)) == ("accepted", "ok")
    assert _verdict(client, a_wire_event(event_id="event-2")) == ("accepted", "ok")


def test_what_happened_before_the_login_may_come_later_and_again(
    attested_client: httpx.Client,
) -> None:
    before = _event(NOBODY, 1, occurred_at="2025-06-02T11:59:00Z")
    batch = [before, _event(ANN, 2)]
    for _ in range(2):
        verdicts = attested_client.post("/v1/track", json=batch).json()["verdicts"]
        assert [verdict["verdict"] for verdict in verdicts] == ["accepted", "accepted"]


def test_in_one_batch_the_session_is_of_the_first_user_and_the_other_is_set_aside(
    client: httpx.Client, services: ApiServices, log: EventLog
) -> None:
    batch = [_event(person, number) for number, person in enumerate((NOBODY, ANN, BOB, ANN))]
    body = client.post("/v1/track", json=batch, headers={KEY_HEADER: SERVER}).json()

    assert [verdict["verdict"] for verdict in body["verdicts"]] == [
        "accepted",
        "accepted",
        "rejected",
        "accepted",
    ]
    assert (body["accepted"], body["rejected"]) == (3, 1)
    assert "begin a new session" in body["verdicts"][2]["detail"]
    assert len(in_log(log, USER_INTERACTIONS)) == 3
    (dead,) = in_log(log, DEAD_LETTER)
    assert dict(dead.headers)["reason"].startswith("other_user: ")
    received = [record.value for record in in_log(log, USER_INTERACTIONS)]
    bob = known_as(services, "bob").encode()
    assert all(bob not in value and b'"bob"' not in value for value in received)
    assert all(earlier != later for earlier, later in pairwise(received))


def test_who_does_not_hold_the_session_cannot_name_its_user(
    attested_client: httpx.Client, stranger: httpx.Client
) -> None:
    client = attested_client
    assert _verdict(client, a_wire_event(event_id="event-1")) == ("accepted", "ok")
    assert stranger.post("/v1/track", json=_event(BOB, 2)).status_code == 401
    assert _verdict(client, _event(ANN, 3)) == ("accepted", "ok")


def test_a_page_alone_names_nobody_and_its_events_are_kept(
    client: httpx.Client, services: ApiServices, log: EventLog
) -> None:
    shown = {
        "": "No user token was shown.",
        "odd": "not one of ours",
        _token(services, "bob"): "another user's",
        _token(services, "ann", hours=-1): "has expired",
        _token(services, "ann", ShopId("other")): "another shop's",
    }
    for number, (token, why) in enumerate(shown.items()):
        body = {"events": [_event(ANN, number)], "user_token": token}
        (verdict,) = client.post("/v1/track", json=body).json()["verdicts"]
        assert verdict["verdict"] == "accepted"
        (said,) = verdict["warnings"]
        assert said["code"] == "unattested_user"
        assert why in said["detail"]
    kept = [record.value for record in in_log(log, USER_INTERACTIONS)]
    assert len(kept) == len(shown)
    ann = known_as(services, "ann").encode()
    assert all(ann not in value and b'"ann"' not in value for value in kept)


def test_what_a_page_claims_must_not_contradict_whose_the_session_is(
    client: httpx.Client, services: ApiServices
) -> None:
    body = {"events": [_event(ANN, 1)], "user_token": _token(services, "ann")}
    assert client.post("/v1/track", json=body).json()["accepted"] == 1
    assert _verdict(client, _event(ANN, 2)) == ("accepted", "ok")
    assert _verdict(client, _event(BOB, 3)) == ("rejected", "other_user")


def test_nobody_sends_a_login(client: httpx.Client) -> None:
    for headers in ({}, {KEY_HEADER: SERVER}):
        event = a_wire_event(type="login", product_id=None)
        (verdict,) = client.post("/v1/track", json=event, headers=headers).json()["verdicts"]
        assert verdict["code"] == "unknown_type"
        assert "/login" in verdict["detail"]
