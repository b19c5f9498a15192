"""A shopper notices nothing of a flushed Redis, on either stack."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
import redis

from api.wiring import build_services
from personalization.domain.clock import SystemClock
from personalization.domain.identifiers import DecisionId, SessionId
from personalization.domain.session import Session
from personalization.ports.stores import KeptStores, LiveStores
from personalization.settings.serving import ServingSettings
from personalization.wiring import CoreSettings
from realtime.wiring import RoleResources
from tests.builders.wire_event import a_wire_event
from tests.integration.api.serving import serve
from tests.integration.command_line import run_over
from tests.integration.roles import running
from tests.waiting import eventually

HISTORY_SECONDS = 20.0


@pytest.fixture
def clock() -> SystemClock:
    """Return the clock that the real-time service goes by as well."""
    return SystemClock()


@pytest.fixture
def settings(either_stack: CoreSettings) -> CoreSettings:
    """Return settings of a temporary home, over files or over Kafka and Cassandra."""
    return either_stack


class Page:
    """A shopper's page: one session with its token."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.session_id = str(uuid4())
        self.headers: dict[str, str] = {}

    def view(self, product: str, **fields: object) -> None:
        event = a_wire_event(
            event_id=str(uuid4()), session_id=self.session_id, product_id=product,
            occurred_at=SystemClock().now().isoformat(), **fields,
        )  # fmt: skip
        answer = self.client.post("/v1/track", json=event, headers=self.headers)
        answer.raise_for_status()
        self.keep_token(answer.json().get("session_token"))

    def get(self, client: httpx.Client | None = None) -> httpx.Response:
        answer = (client or self.client).get(
            f"/v1/profiles/{self.session_id}", headers=self.headers
        )
        self.keep_token(answer.headers.get("x-session-token"))
        return answer.raise_for_status()

    def keep_token(self, token: str | None) -> None:
        if token:
            self.headers["authorization"] = f"Bearer {token}"

    def version_above(self, version: int) -> dict[str, Any]:
        eventually(lambda: bool(self.get().json()["version"] > version), HISTORY_SECONDS)
        profile: dict[str, Any] = self.get().json()
        return profile


@pytest.fixture
def page(client: httpx.Client) -> Page:
    """Return a page that has sent nothing."""
    return Page(client)


@pytest.fixture
def base(settings: CoreSettings, kept_stores: KeptStores, live: LiveStores) -> RoleResources:
    """Return the resources that the roles share."""
    return RoleResources(settings, kept_stores, live)


@contextmanager
def other_process(
    settings: CoreSettings, serving: ServingSettings, base: RoleResources
) -> Iterator[httpx.Client]:
    """Serve the same shop once more, by an API that remembers nothing."""
    again = build_services(settings, serving, base.kept, base.live)
    with serve(again) as address, httpx.Client(base_url=address) as client:
        yield client


def flush(redis_url: str) -> None:
    with closing(redis.Redis.from_url(redis_url)) as client:
        client.flushall()


def kept_events(base: RoleResources, page: Page) -> int:
    session_id = SessionId(page.session_id)
    return len(base.kept.history.read_many([session_id]).get(session_id, ()))


def state(base: RoleResources, page: Page) -> Session:
    session_id = SessionId(page.session_id)
    return base.live.sessions.read_many([session_id])[session_id]


def test_profile_and_evidence_are_those_from_before(
    settings: CoreSettings,
    serving: ServingSettings,
    base: RoleResources,
    page: Page,
    redis_url: str,
) -> None:
    with running(base, "scorer", "history"):
        version = 0
        for product in ("shirt-1", "shirt-2", "shirt-1"):
            page.view(product)
            version = page.version_above(version)["version"]
        eventually(lambda: kept_events(base, page) == 3, HISTORY_SECONDS)
        before, counted = page.get(), state(base, page)

        flush(redis_url)

        with other_process(settings, serving, base) as elsewhere:
            after = page.get(elsewhere)
            assert after.headers["x-profile-source"] == "history"
            assert after.content == before.content
            assert page.get(elsewhere).headers["x-profile-source"] == "memory"
        with other_process(settings, serving, base) as elsewhere:
            assert page.get(elsewhere).headers["x-profile-source"] == "store"
            assert page.get(elsewhere).content == before.content
        assert page.get().content == before.content

        page.view("shirt-2")
        profile = page.version_above(version)
        assert profile["recent_products"] == ["shirt-2", "shirt-1"]
        decision_id = DecisionId(profile["decision_id"])
        decision = base.kept.decisions.read_many([decision_id])[decision_id].decision
        assert decision.context.interaction_count == 4
        assert state(base, page).seen[:3] == counted.seen
        assert state(base, page).started_at == counted.started_at

        eventually(lambda: kept_events(base, page) == 4, HISTORY_SECONDS)
        page.view("shirt-1")
        page.version_above(profile["version"])
        assert state(base, page).interaction_count == 5
        assert state(base, page).rebuilt is None


def figures(printed: str, row: str) -> list[int]:
    [line] = [line for line in printed.splitlines() if row in line]
    return [int(word) for word in line.split() if word.isdecimal()]


def test_a_rebuild_puts_back_what_the_scorer_wrote_and_stands_back_for_it(
    settings: CoreSettings, base: RoleResources, page: Page, redis_url: str
) -> None:
    session_id = SessionId(page.session_id)
    with running(base, "scorer", "history"):
        page.view("shirt-1")
        version = page.version_above(0)["version"]
        page.view("shirt-2")
        version = page.version_above(version)["version"]
        eventually(lambda: kept_events(base, page) == 2, HISTORY_SECONDS)
    counted, profile = state(base, page), base.live.profiles.read_many([session_id])
    run_over(settings, "rebuild")
    assert state(base, page) == counted

    flush(redis_url)
    would = run_over(settings, "rebuild", "--dry-run")
    assert not base.live.sessions.read_many([session_id])
    printed = run_over(settings, "rebuild")
    again = run_over(settings, "rebuild")

    assert figures(would, "states") == figures(printed, "states")
    assert figures(printed, "states")[0] >= 1
    assert figures(again, "states")[0] == figures(again, "profiles")[0] == 0
    assert base.live.profiles.read_many([session_id]) == profile
    assert state(base, page) == replace(counted, rebuilt=2)
    with running(base, "scorer", "history"):
        page.view("shirt-1")
        version = page.version_above(version)["version"]
        eventually(lambda: kept_events(base, page) == 3, HISTORY_SECONDS)
        page.view("shirt-2")
        page.version_above(version)
    assert state(base, page).rebuilt is None
    assert state(base, page).interaction_count == 4


def test_a_profile_made_of_priors_comes_back_as_well(
    settings: CoreSettings,
    serving: ServingSettings,
    base: RoleResources,
    page: Page,
    redis_url: str,
) -> None:
    page.view("shirt-1")
    first = page.get()
    flush(redis_url)

    with other_process(settings, serving, base) as elsewhere:
        assert page.get(elsewhere).content == first.content
