"""Whose a session is: the first who sends an event, for as long as anything of it lives."""

from contextlib import closing
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
import redis

from api.state import ApiServices
from personalization.codec.json_codec import PROFILE
from personalization.domain.identifiers import EventId, SessionId, UserId
from personalization.ports.notifier import ProfileChanged
from personalization.ports.profile_store import StoredProfile
from personalization.ports.stores import KeptStores
from personalization.wiring import CoreSettings
from tests.builders.decision_record import a_decision_record
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.profile import a_profile
from tests.builders.settable_clock import SettableClock
from tests.builders.wire_event import a_wire_event
from tests.integration.api.sessions.people import user_token

SECRET, OTHER_SECRET = "s" * 22, "~" * 128


@pytest.fixture
def settings(either_stack: CoreSettings) -> CoreSettings:
    """Return settings of a temporary home, over files or over Kafka and Cassandra."""
    return either_stack


def begin(
    client: httpx.Client, session_id: str, secret: str | None = None, event_id: str = "event-1"
) -> httpx.Response:
    event = a_wire_event(session_id=session_id, event_id=event_id)
    return client.post("/v1/track", json={"session_secret": secret, "events": [event]})


def flush(redis_url: str) -> None:
    with closing(redis.Redis.from_url(redis_url)) as store:
        store.flushall()


@pytest.fixture
def mine() -> str:
    """Return a session of the test's own, since a keyspace is shared."""
    return str(uuid4())


def bearer(answer: httpx.Response) -> dict[str, str]:
    return {"authorization": f"Bearer {answer.headers['x-session-token']}"}


def test_the_same_secret_gets_the_same_session_and_any_other_is_refused(
    client: httpx.Client, stranger: httpx.Client, mine: str
) -> None:
    first = begin(stranger, mine, SECRET)
    stranger.cookies.clear()

    again = begin(stranger, mine, SECRET)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json()["session_token"].split(".")[1] == mine
    as_header = client.get(f"/v1/profiles/{mine}", headers={"x-session-secret": SECRET})
    assert as_header.headers["x-session-token"].count(".") == 3

    client.cookies.clear()
    for secret in (OTHER_SECRET, None):
        assert begin(client, mine, secret).status_code == 401
    assert begin(client, mine, OTHER_SECRET, "event-2").headers.get("set-cookie") is None


def test_a_poor_secret_is_422_and_takes_nothing(
    client: httpx.Client, services: ApiServices, mine: str
) -> None:
    for secret in ("s" * 21, "s" * 129, "s" * 21 + "/", "é" * 30, "", 7, ["s"]):
        body = {"session_secret": secret, "events": [a_wire_event(session_id=mine)]}
        answer = client.post("/v1/track", json=body)
        assert answer.status_code == 422
        assert "22 to 128" in answer.json()["detail"]
    assert services.claims.read(SessionId(mine)) is None


def test_a_secret_beside_a_token_of_the_session_is_ignored(client: httpx.Client, mine: str) -> None:
    begin(client, mine, SECRET)
    assert begin(client, mine, OTHER_SECRET).status_code == 202


@pytest.mark.parametrize("lost", ["flushed", "evicted"])
def test_whatever_redis_loses_an_id_stays_its_holders(
    client: httpx.Client, stranger: httpx.Client, redis_url: str, mine: str, lost: str
) -> None:
    token = bearer(begin(client, mine, SECRET))
    if lost == "flushed":
        flush(redis_url)
    else:
        with closing(redis.Redis.from_url(redis_url)) as store:
            store.delete(f"fr:claim:{mine}")

    assert begin(stranger, mine).status_code == 401
    assert stranger.get(f"/v1/profiles/{mine}").status_code == 401
    assert stranger.get(f"/v1/profiles/{mine}/stream").status_code == 401
    assert stranger.get(f"/v1/profiles/{mine}", headers=token).status_code == 200
    flush(redis_url)
    assert begin(stranger, mine, SECRET).status_code == 202


@pytest.mark.parametrize("second", [None, "ann", "bob"])
def test_whatever_redis_loses_a_session_stays_its_users(
    client: httpx.Client, services: ApiServices, redis_url: str, mine: str, second: str | None
) -> None:
    def verdict(event_id: str, user: str | None) -> str:
        event = a_wire_event(session_id=mine, event_id=event_id) | {"user_id": user}
        shown = {"x-user-token": user_token(services, user)} if user else {}
        answer = client.post("/v1/track", json=event, headers=shown)
        return str(answer.json()["verdicts"][0]["verdict"])

    assert verdict("event-1", "ann") == "accepted"
    kept = an_event(
        session_id=SessionId(mine), user_id=UserId("ann"), occurred_at=NOON - timedelta(minutes=1)
    )
    services.history.append([kept])
    flush(redis_url)

    assert verdict("event-2", second) == ("accepted" if second == "ann" else "rejected")
    assert verdict("event-3", "ann") == "accepted"


@pytest.mark.parametrize("kind", ["event", "decision"])
def test_an_id_with_history_but_no_claim_is_never_handed_out(
    stranger: httpx.Client, kept_stores: KeptStores, mine: str, kind: str
) -> None:
    if kind == "event":
        kept_stores.history.append([an_event(session_id=SessionId(mine), event_id=EventId(mine))])
    else:
        kept_stores.decisions.append([a_decision_record(mine, session_id=mine)])

    assert begin(stranger, mine, SECRET).status_code == 401
    assert stranger.get(f"/v1/profiles/{mine}").status_code == 401


def test_reading_and_rubbish_claim_nothing(
    client: httpx.Client, stranger: httpx.Client, services: ApiServices, mine: str
) -> None:
    token = bearer(client.get(f"/v1/profiles/{mine}"))
    rubbish = a_wire_event(session_id=mine, type="teleport")
    assert client.post("/v1/track", json=rubbish, headers=token).status_code == 422
    assert services.claims.read(SessionId(mine)) is None
    assert services.profiles.read_many([SessionId(mine)]) == {}
    assert not services.decisions.has_session(SessionId(mine))

    assert begin(stranger, mine).status_code == 202
    # A provisional token says who might have claimed: now it is somebody else's.
    assert client.get(f"/v1/profiles/{mine}", headers=token).status_code == 401
    assert client.post("/v1/track", json=rubbish, headers=token).status_code == 401


def test_a_provisional_token_becomes_a_full_one_with_the_first_event(
    client: httpx.Client, stranger: httpx.Client, mine: str
) -> None:
    token = bearer(client.get(f"/v1/profiles/{mine}"))
    client.cookies.clear()
    event = a_wire_event(session_id=mine)
    full = client.post("/v1/track", json=event, headers=token)
    again = stranger.post("/v1/track", json=event, headers=token)
    assert [answer.status_code for answer in (full, again)] == [202, 202]
    assert full.json()["session_token"].count(".") == 3
    stranger.cookies.clear()
    assert begin(stranger, mine).status_code == 401


def test_a_session_ends_for_its_secret_too(
    client: httpx.Client, clock: SettableClock, mine: str
) -> None:
    begin(client, mine, SECRET)
    client.cookies.clear()
    clock.advance(timedelta(hours=49))
    event = a_wire_event(session_id=mine, occurred_at=clock.now().isoformat())
    answer = client.post("/v1/track", json={"session_secret": SECRET, "events": [event]})
    assert answer.status_code == 401
    assert "has ended" in answer.json()["detail"]


def test_a_stream_opened_before_ends_when_another_begins_the_session(
    client: httpx.Client, stranger: httpx.Client, services: ApiServices, mine: str
) -> None:
    with client.stream("GET", f"/v1/profiles/{mine}/stream") as stream:
        lines = stream.iter_lines()
        assert next(lines) == "id: 0"
        assert begin(stranger, mine).status_code == 202
        profile = a_profile(session_id=SessionId(mine), version=3)
        stored = StoredProfile(3, PROFILE.encode(profile))
        services.profiles.write_many({SessionId(mine): stored})
        services.notifier.publish([ProfileChanged(SessionId(mine), 3)])
        rest = list(lines)
    assert "id: 3" not in rest
    assert "retry: 1000" in rest
