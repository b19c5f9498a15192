"""Profiles while the history of decisions does not answer."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import httpx
import pytest
import redis

from api.state import ApiServices
from personalization.adapters.cassandra.connection import CassandraConnection
from personalization.adapters.cassandra.decision_history import CassandraDecisionHistory
from personalization.decisions.durable_decisions import KeptDecisions
from personalization.domain.identifiers import SessionId
from personalization.settings.cassandra import CassandraSettings
from tests.builders.wire_event import SESSION, a_wire_event
from tests.integration.api.serving import serve

PATH = f"/v1/profiles/{SESSION}"
MINE = SessionId(SESSION)


@pytest.fixture
def nobody(services: ApiServices) -> Iterator[httpx.Client]:
    """Return a client of an API whose history of decisions is a node that is not there."""
    with closing(CassandraConnection(CassandraSettings(contact_points="127.0.0.1:9"))) as away:
        decisions = KeptDecisions(CassandraDecisionHistory(away), services.publisher)
        with (
            serve(replace(services, decisions=decisions)) as address,
            httpx.Client(base_url=address) as client,
        ):
            yield client


def test_a_new_visitor_gets_priors_and_nothing_is_kept_of_them(
    nobody: httpx.Client, services: ApiServices
) -> None:
    answer = nobody.get(PATH)

    assert answer.headers["x-profile-source"] == "made"
    assert "x-session-token" not in answer.headers
    assert not services.profiles.read_many([MINE])


def test_whose_an_unclaimed_id_is_waits_for_the_history(
    nobody: httpx.Client, services: ApiServices
) -> None:
    refused = nobody.post("/v1/track", json=a_wire_event())

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
    assert services.claims.read(MINE) is None


def test_what_may_be_in_the_history_is_not_overwritten_by_priors(
    nobody: httpx.Client, client: httpx.Client, services: ApiServices, redis_url: str
) -> None:
    token = client.post("/v1/track", json=a_wire_event()).json()["session_token"]
    before = client.get(PATH)
    mine = {"authorization": f"Bearer {token}"}
    with closing(redis.Redis.from_url(redis_url)) as store:
        store.flushall()

    answer = nobody.get(PATH, headers=mine)
    steady = nobody.get(PATH, headers=mine)

    assert answer.headers["x-profile-source"] == "made"
    assert steady.content == answer.content
    assert not services.profiles.read_many([MINE])
    with serve(services) as address, httpx.Client(base_url=address) as again:
        restored = again.get(PATH, headers=mine)
    assert restored.headers["x-profile-source"] == "history"
    assert restored.content == before.content
