"""From a refused event to its profile: list, show, mend, replay, on either stack."""

import json
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from api.state import ApiServices
from personalization.codec.json_codec import EVENT
from personalization.domain.clock import SystemClock
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import EventId, ProductId, SessionId
from personalization.ports.event_log import EventLog, Message
from personalization.ports.stores import KeptStores, LiveStores
from personalization.ports.topics import DEAD_LETTER, SCORER_GROUP, USER_INTERACTIONS
from personalization.settings.serving import ServingSettings
from personalization.settings.waiting_events import WaitingEventSettings
from personalization.tracking.dead_letters import READER_GROUP
from personalization.wiring import CoreSettings
from realtime.wiring import RoleResources
from tests.builders.event import an_event
from tests.builders.product import a_product
from tests.builders.wire_event import a_wire_event
from tests.integration.command_line import run_over
from tests.integration.roles import running
from tests.waiting import eventually

SECONDS = 20.0


@pytest.fixture
def clock() -> SystemClock:
    """Return the clock that the log goes by as well."""
    return SystemClock()


@pytest.fixture
def settings(either_stack: CoreSettings) -> CoreSettings:
    """Return settings of a temporary home, over files or over Kafka and Cassandra."""
    return either_stack


@pytest.fixture
def serving() -> ServingSettings:
    """Return settings by which nothing waits for a product."""
    waiting = WaitingEventSettings(hours=0)
    return ServingSettings(secret=SecretStr("secret"), port=0, waiting=waiting)


@pytest.fixture
def mine() -> SessionId:
    """Return a session that no other test has used."""
    return SessionId(str(uuid4()))


@pytest.fixture
def base(settings: CoreSettings, kept_stores: KeptStores, live: LiveStores) -> RoleResources:
    """Return the resources that the roles share."""
    return RoleResources(settings, kept_stores, live)


def list_letters(settings: CoreSettings, *options: str) -> list[dict[str, Any]]:
    printed = run_over(settings, "dead-letters", "list", "--json", *options)
    return [json.loads(line) for line in printed.splitlines()]


def records(log: EventLog, topic: str) -> int:
    """Count a topic by what a group that never was has not committed."""
    return lag_of(log, "nobody", topic)


def lag_of(log: EventLog, group: str, topic: str) -> int:
    """Ask how much a group has not committed; a topic made just now has no leader at first."""
    with closing(log.consumer(group, [topic], range(log.partition_count(topic)))) as reader:
        found: list[int] = []

        def is_answered() -> bool:
            with suppress(StoreUnavailableError):
                found.append(reader.lag())
            return bool(found)

        eventually(is_answered, SECONDS)
    return found[0]


def test_a_refused_event_is_replayed_once_its_product_is_there(
    settings: CoreSettings,
    services: ApiServices,
    base: RoleResources,
    client: httpx.Client,
    mine: SessionId,
) -> None:
    happened = datetime.now(UTC) - timedelta(minutes=10)
    always = {"session_id": mine, "occurred_at": happened.isoformat()}
    coat = a_wire_event(event_id="coat", product_id="coat-1", **always)
    wrong = a_wire_event(event_id="wrong", type="teleport", **always)
    client.post("/v1/track", json=[coat, wrong])

    found = {letter["code"]: letter for letter in list_letters(settings)}
    place = found["unknown_product"]["place"]
    assert set(found) == {"unknown_product", "unknown_type"}
    assert json.loads(found["unknown_product"]["body"]) == coat
    assert [letter["place"] for letter in list_letters(settings, "--reason", "unknown_p")] == [
        place
    ]
    assert list_letters(settings, "--since", "2000-01-01", "--source", "scorer") == []
    table = run_over(settings, "dead-letters", "list")
    assert place in table
    assert "unknown_type" in table
    shown = run_over(settings, "dead-letters", "show", place)
    assert '"product_id": "coat-1"' in shown
    assert "keeps it: unknown_product" in shown
    kept = run_over(settings, "dead-letters", "redrive", "--all", expect=2)
    assert "kept: unknown_type" in kept
    assert records(base.live.log, USER_INTERACTIONS) == 0

    services.catalogue.write_products([a_product(product_id=ProductId("coat-1"))])
    assert "publishes it: product_view" in run_over(settings, "dead-letters", "show", place)
    run_over(settings, "dead-letters", "redrive", place, "--dry-run")
    assert records(base.live.log, USER_INTERACTIONS) == 0
    run_over(settings, "dead-letters", "redrive", "--reason", "unknown_product")
    again = run_over(settings, "dead-letters", "redrive", place)

    assert "redriven before" in again
    assert records(base.live.log, USER_INTERACTIONS) == 1
    assert [letter["code"] for letter in list_letters(settings)] == ["unknown_type"]
    replayed = {
        letter["place"]: letter["replayed_at"] for letter in list_letters(settings, "--all")
    }
    assert replayed[place]
    assert lag_of(base.live.log, READER_GROUP, DEAD_LETTER) == records(base.live.log, DEAD_LETTER)
    with running(base, "scorer", "history"):
        eventually(lambda: mine in base.live.profiles.read_many([mine]), SECONDS)
        eventually(lambda: mine in base.kept.history.read_many([mine]), SECONDS)
    [event] = base.kept.history.read_many([mine])[mine]
    assert (event.event_id, event.occurred_at) == ("coat", happened)
    assert event.received_at > happened + timedelta(minutes=10)


def test_what_the_scorer_set_aside_is_replayed_and_counts_once(
    settings: CoreSettings, services: ApiServices, base: RoleResources, mine: SessionId
) -> None:
    log = base.live.log
    coat = an_event(
        event_id=EventId("coat"), session_id=mine, product_ids=(ProductId("coat-2"),),
        occurred_at=datetime.now(UTC), received_at=datetime.now(UTC),
    )  # fmt: skip
    nameless = an_event(event_id=EventId(""), session_id=mine, product_ids=(ProductId("coat-2"),))
    bodies = [EVENT.encode(coat), b'{"broken', EVENT.encode(nameless)]
    log.publish(USER_INTERACTIONS, [Message(mine, body) for body in bodies]).result(10)
    with running(base, "scorer", "history"):
        eventually(lambda: records(log, DEAD_LETTER) == 3, SECONDS)
        eventually(lambda: lag_of(log, SCORER_GROUP, USER_INTERACTIONS) == 0, SECONDS)

        letters = list_letters(settings, "--source", "scorer")
        assert {letter["origin"].split(":")[1] for letter in letters} == {"0", "1", "2"}
        services.catalogue.write_products([a_product(product_id=ProductId("coat-2"))])
        printed = run_over(settings, "dead-letters", "redrive", "--all", expect=2)
        run_over(settings, "dead-letters", "redrive", "--all", expect=2)

        assert "kept: malformed" in printed
        assert "kept: missing_field" in printed
        eventually(lambda: mine in base.live.sessions.read_many([mine]), SECONDS)
        log.publish(USER_INTERACTIONS, [Message(mine, EVENT.encode(coat))]).result(10)
        eventually(lambda: lag_of(log, SCORER_GROUP, USER_INTERACTIONS) == 0, SECONDS)
    session = base.live.sessions.read_many([mine])[mine]
    assert (session.seen, session.interaction_count) == (("coat",), 1)
    assert records(log, USER_INTERACTIONS) == 5
    assert len(list_letters(settings)) == 2


def test_a_place_where_nothing_lies_is_told(settings: CoreSettings) -> None:
    run_over(settings, "dead-letters", "show", "0:999", expect=1)
    run_over(settings, "dead-letters", "replay", "0:999", expect=1)
    run_over(settings, "dead-letters", "replay", "nowhere", expect=2)
    run_over(settings, "dead-letters", "replay", expect=2)
    assert "No dead letters" in run_over(settings, "dead-letters", "list")
