"""Profiles out: from memory, store or priors, and when a store is away."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from api.state import ApiServices
from api.wiring import build_services
from personalization.adapters.redis.server import EmbeddedRedis
from personalization.codec.json_codec import PROFILE
from personalization.domain.identifiers import DecisionId, SessionId
from personalization.ports.notifier import ProfileChanged
from personalization.ports.profile_store import StoredProfile
from personalization.ports.stores import KeptStores
from personalization.settings.redis import RedisSettings
from personalization.wiring import CoreSettings, open_live
from tests.builders.profile import a_profile
from tests.builders.settable_clock import SettableClock
from tests.builders.wire_event import OTHER_SESSION, SESSION, a_wire_event
from tests.integration.api.serving import serve
from tests.waiting import eventually

PATH = f"/v1/profiles/{SESSION}"


def _store(services: ApiServices, version: int) -> None:
    profile = a_profile(
        session_id=SessionId(SESSION),
        version=version,
        decision_id=DecisionId(f"decision-{version}"),
    )
    stored = StoredProfile(version, PROFILE.encode(profile))
    services.profiles.write_many({SessionId(SESSION): stored})
    services.notifier.publish([ProfileChanged(SessionId(SESSION), version)])


def test_a_shopper_who_has_begun_gets_priors_and_their_decision_is_kept(
    client: httpx.Client, services: ApiServices
) -> None:
    client.post("/v1/track", json=a_wire_event())
    answer = client.get(PATH, params={"region": "pl"})
    profile = answer.json()
    assert answer.status_code == 200
    assert answer.headers["x-profile-source"] == "made"
    assert (profile["version"], profile["active"]) == (0, False)
    assert {product["product_id"] for product in profile["score_data"]["products"]} == {
        "shirt-1",
        "shirt-2",
    }
    decision_id = DecisionId(profile["decision_id"])
    record = services.decisions.read_many([decision_id])[decision_id]
    assert record.decision.context.region == "pl"


def test_the_first_profile_is_the_same_for_every_later_read(client: httpx.Client) -> None:
    first = client.get(PATH)
    second = client.get(PATH)
    assert second.headers["x-profile-source"] == "memory"
    assert second.content == first.content


def test_an_unchanged_profile_is_304(client: httpx.Client) -> None:
    first = client.get(PATH)
    again = client.get(PATH, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


def test_a_newer_profile_is_served_once_the_notifier_told_of_it(
    client: httpx.Client, services: ApiServices
) -> None:
    client.get(PATH)
    _store(services, 3)
    eventually(lambda: bool(client.get(PATH).json()["version"] == 3))
    assert client.get(PATH).headers["etag"] == '"3-decision-3"'


def test_a_stranger_cannot_read_a_claimed_session(
    client: httpx.Client, stranger: httpx.Client
) -> None:
    token = client.post("/v1/track", json=a_wire_event()).json()["session_token"]
    assert stranger.get(PATH).status_code == 401
    assert stranger.get(PATH, headers={"authorization": f"Bearer {token}"}).status_code == 200
    foreign = stranger.get(
        f"/v1/profiles/{OTHER_SESSION}", headers={"authorization": f"Bearer {token}"}
    )
    assert foreign.status_code == 403


def test_an_id_that_is_no_uuid_is_404(client: httpx.Client) -> None:
    assert client.get("/v1/profiles/me").status_code == 404


def test_before_the_first_night_a_problem_says_to_run_it(empty_services: ApiServices) -> None:
    with serve(empty_services) as address, httpx.Client(base_url=address) as client:
        answer = client.get(PATH)
        assert answer.status_code == 503
        assert "nightly" in answer.json()["detail"]
        token = answer.headers["x-session-token"]
        client.cookies.clear()
        again = client.get(PATH, headers={"authorization": f"Bearer {token}"})
        assert again.status_code == answer.status_code
        ready = client.get("/health/ready").json()
        assert ready["ready"] is True
        assert ready["dependencies"]["priors"]["state"] == "degraded"


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    """Return a running Redis that the test may stop."""
    with EmbeddedRedis(tmp_path) as server:
        yield server


@pytest.fixture
def alone(
    own_redis: EmbeddedRedis, settings: CoreSettings, services: ApiServices, kept_stores: KeptStores
) -> Iterator[ApiServices]:
    """Return the services over the Redis that the test may stop."""
    ours = replace(settings, redis=RedisSettings(url=own_redis.url))
    with open_live(ours, kept_stores) as live:
        yield build_services(ours, services.settings, kept_stores, live, services.clock)


def test_while_redis_is_away_the_last_profile_is_served_and_then_it_recovers(
    own_redis: EmbeddedRedis, alone: ApiServices, clock: SettableClock
) -> None:
    with serve(alone) as address, httpx.Client(base_url=address) as client:
        client.post("/v1/track", json=a_wire_event())
        _store(alone, 3)
        eventually(lambda: bool(client.get(PATH).json()["version"] == 3))
        own_redis.stop()
        clock.advance(timedelta(minutes=1))
        answer = client.get(PATH)
        assert (answer.status_code, answer.json()["version"]) == (200, 3)
        assert answer.headers["x-profile-source"] == "cache"
        assert answer.headers["warning"].startswith("110")
        assert client.get("/health/ready").json()["dependencies"]["profiles"]["state"] == "degraded"
        own_redis.start()
        eventually(lambda: client.get(PATH).headers["x-profile-source"] in {"store", "memory"})
        assert client.get(PATH).json()["version"] == 3


def test_while_redis_is_away_a_new_visitor_gets_priors_but_no_token(
    own_redis: EmbeddedRedis, alone: ApiServices
) -> None:
    with serve(alone) as address, httpx.Client(base_url=address) as client:
        client.get(PATH)
        own_redis.stop()
        client.cookies.clear()
        answer = client.get(PATH)
        assert answer.status_code == 200
        assert answer.headers["x-profile-source"] == "made"
        assert "x-session-token" not in answer.headers
        refused = client.post("/v1/track", json=a_wire_event())
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")


def test_an_api_that_starts_without_redis_answers_and_feeds_streams_once_it_is_back(
    own_redis: EmbeddedRedis, alone: ApiServices
) -> None:
    own_redis.stop()
    with serve(alone) as address, httpx.Client(base_url=address) as client:
        assert client.get(PATH).status_code == 200
        assert client.get("/health/ready").json()["dependencies"]["streams"]["state"] == "degraded"
        own_redis.start()
        eventually(
            lambda: bool(
                client.get("/health/ready").json()["dependencies"]["streams"]["state"] == "up"
            )
        )
