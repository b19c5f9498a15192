"""Logins while a store is away, and while the scorer dies."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from api.state import ApiServices
from personalization.recommendations.person_history import PersonHistory
from realtime.wiring import RoleResources
from tests.builders.interruptible import Interruptible
from tests.integration.api.serving import serve
from tests.integration.api.sessions.people import (
    Roles,
    SharedDevice,
    known_as,
    roles_by_hand,
    state_of_visit,
)
from tests.waiting import eventually


@pytest.fixture
def history(services: ApiServices) -> Interruptible:
    """Return the history of events, which a test may take away."""
    return Interruptible(services.history)


@pytest.fixture
def redis_sessions(services: ApiServices) -> Interruptible:
    """Return the session store, which a test may take away."""
    return Interruptible(services.sessions)


@pytest.fixture
def tablet(
    services: ApiServices, history: Interruptible, redis_sessions: Interruptible
) -> Iterator[SharedDevice]:
    """Return a device of an API whose stores may be away."""
    kept: Any = history
    persons = PersonHistory(
        kept, services.catalogue_cache, services.persons.erasures, services.pseudonyms.aliases_of
    )
    live: Any = redis_sessions
    other = replace(services, history=kept, sessions=live, persons=persons)
    with serve(other) as address, httpx.Client(base_url=address) as client:
        yield SharedDevice(client, other)


def test_while_the_history_is_away_a_login_comes_alone_and_the_next_brings_the_rest(
    phone: SharedDevice, tablet: SharedDevice, roles: Roles, history: Interruptible
) -> None:
    phone.log_in("ann")
    phone.send("shirt-2")
    tablet.send("shirt-1")
    roles.work_off()
    history.away = True
    answer = tablet.log_in("ann").json()
    assert (answer["news"], answer["brought_along"]) == (True, 0)
    assert "log in again" in answer["detail"]
    roles.work_off()
    assert tablet.profile()["user_id"] == known_as(tablet.services, "ann")
    history.away = False
    tablet.services.persons.seconds = lambda: float("inf")
    assert tablet.log_in("ann").json()["brought_along"] == 1
    roles.work_off()
    assert tablet.evidence() == ["shirt-1", "shirt-2"]


def test_while_redis_is_away_the_history_says_whose_a_visit_is(
    phone: SharedDevice, tablet: SharedDevice, roles: Roles, redis_sessions: Interruptible
) -> None:
    phone.log_in("ann")
    phone.send("shirt-2")
    tablet.send("shirt-1")
    roles.work_off()
    redis_sessions.away = True
    assert tablet.log_in("ann").status_code == 200
    # The log takes no side: the first one counts, and the other's is left out.
    roles.work_off()
    assert tablet.log_in("bob").status_code == 409
    redis_sessions.away = False
    assert tablet.profile()["user_id"] == known_as(tablet.services, "ann")
    assert tablet.evidence() == ["shirt-1", "shirt-2"]


def test_while_history_and_redis_are_away_a_login_is_told_to_come_again(
    phone: SharedDevice,
    tablet: SharedDevice,
    roles: Roles,
    history: Interruptible,
    redis_sessions: Interruptible,
) -> None:
    phone.log_in("ann")
    phone.send("shirt-2")
    tablet.send("shirt-1")
    roles.work_off()
    history.away = redis_sessions.away = True
    for _ in range(2):
        answer = tablet.log_in("ann")
        assert answer.status_code == 503
        assert answer.json()["type"] == "/problems/store-unavailable"
        assert int(answer.headers["retry-after"]) > 0
    history.away = redis_sessions.away = False
    tablet.services.persons.seconds = lambda: float("inf")
    roles.work_off()
    assert tablet.profile().get("user_id") is None
    eventually(lambda: tablet.log_in("ann").is_success)
    roles.work_off()
    assert tablet.profile()["user_id"] == known_as(tablet.services, "ann")
    assert tablet.evidence() == ["shirt-1", "shirt-2"]


def test_a_scorer_that_dies_after_the_profile_and_before_the_commit_counts_the_login_once(
    phone: SharedDevice, laptop: SharedDevice, roles: Roles, base: RoleResources
) -> None:
    laptop.log_in("ann")
    laptop.send("shirt-2")
    phone.send("shirt-1")
    roles.work_off()
    phone.log_in("ann")
    records = roles.of_scorer.poll(100, 1.0)
    roles.scorer.handle(records)
    before = state_of_visit(base.live, phone)
    assert len(before.recent) == 2
    with roles_by_hand(base) as others:
        others.work_off()
    assert state_of_visit(base.live, phone) == before
    assert phone.evidence() == ["shirt-1", "shirt-2"]
