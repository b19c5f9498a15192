"""An event of a product that is not known yet: kept, bounded, and counted once it is known."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from api.state import ApiServices
from personalization.domain.clock import SystemClock
from personalization.domain.identifiers import ProductId, SessionId
from personalization.ports.stores import KeptStores, LiveStores
from personalization.ports.topics import DEAD_LETTER, USER_INTERACTIONS
from personalization.settings.serving import ServingSettings
from personalization.settings.waiting_events import WaitingEventSettings
from personalization.wiring import CoreSettings
from realtime.wiring import RoleResources
from tests.builders.product import a_product
from tests.builders.wire_event import a_wire_event
from tests.integration.api.test_track import in_log
from tests.integration.roles import running
from tests.waiting import eventually

SECONDS = 20.0


@pytest.fixture
def clock() -> SystemClock:
    """Return the clock that the roles go by as well."""
    return SystemClock()


@pytest.fixture
def serving() -> ServingSettings:
    """Return settings by which two events of a session may wait."""
    waiting = WaitingEventSettings(session_events=2)
    return ServingSettings(secret=SecretStr("secret"), port=0, waiting=waiting)


@pytest.fixture
def mine() -> SessionId:
    return SessionId(str(uuid4()))


@pytest.fixture
def base(settings: CoreSettings, kept_stores: KeptStores, live: LiveStores) -> RoleResources:
    return RoleResources(settings, kept_stores, live)


def test_a_view_counts_in_the_profile_once_its_product_is_imported(
    client: httpx.Client, services: ApiServices, base: RoleResources, mine: SessionId
) -> None:
    happened = datetime.now(UTC) - timedelta(minutes=10)
    name = f"hat-{mine}"
    sent = a_wire_event(session_id=mine, product_id=name, occurred_at=happened.isoformat())
    for _ in range(2):
        answer = client.post("/v1/track", json=sent)
        assert (answer.status_code, answer.json()["waiting"]) == (202, 1)
        [verdict] = answer.json()["verdicts"]
        assert (verdict["verdict"], verdict["code"]) == ("waiting", "unknown_product")
    assert len(base.kept.waiting.places()) == 1

    with running(base, "scorer", "history", "waiting"):
        services.catalogue.write_products([a_product(product_id=ProductId(name))])
        eventually(lambda: mine in base.live.sessions.read_many([mine]), SECONDS)
        eventually(lambda: mine in base.kept.history.read_many([mine]), SECONDS)
        eventually(lambda: not base.kept.waiting.places(), SECONDS)
        assert client.post("/v1/track", json=sent).json()["accepted"] == 1
    session = base.live.sessions.read_many([mine])[mine]
    assert session.interaction_count == 1
    [event] = base.kept.history.read_many([mine])[mine]
    assert (event.product_ids, event.occurred_at) == ((name,), happened)
    profile = client.get(f"/v1/profiles/{mine}").json()
    assert name in str(profile["recent_products"])


def test_of_an_order_known_lines_count_at_once_and_the_others_later(
    client: httpx.Client, services: ApiServices, base: RoleResources, mine: SessionId
) -> None:
    name = f"hat-{mine}"
    lines = [{"product_id": "shirt-1", "quantity": 2}, {"product_id": name, "quantity": 3}]
    now = datetime.now(UTC).isoformat()
    order = a_wire_event(
        type="checkout", session_id=mine, product_id=None, lines=lines, occurred_at=now
    )
    answer = client.post("/v1/track", json=order).json()
    [verdict] = answer["verdicts"]
    assert (answer["accepted"], verdict["verdict"]) == (1, "accepted")
    assert [(said["code"], said["names"]) for said in verdict["warnings"]] == [
        ("waiting_product", [name])
    ]
    services.catalogue.write_products([a_product(product_id=ProductId(name))])
    with running(base, "scorer", "history", "waiting"):
        eventually(lambda: len(base.kept.history.read_many([mine]).get(mine, ())) == 2, SECONDS)
        client.post("/v1/track", json=order)
        eventually(lambda: not base.kept.waiting.places(), SECONDS)
    bought = [
        (event.order_id, event.product_ids, event.quantities)
        for event in base.kept.history.read_many([mine])[mine]
    ]
    assert bought == [(None, ("shirt-1",), (2,)), ("event-1", (name,), (3,))]


def test_beyond_the_limit_it_is_refused_as_ever(
    client: httpx.Client, base: RoleResources, mine: SessionId
) -> None:
    now = datetime.now(UTC).isoformat()
    events = [
        a_wire_event(event_id=f"e-{number}", session_id=mine, product_id="hat-1", occurred_at=now)
        for number in range(3)
    ]
    answer = client.post("/v1/track", json=events)
    assert answer.status_code == 202
    verdicts = answer.json()["verdicts"]
    assert [verdict["verdict"] for verdict in verdicts] == ["waiting", "waiting", "rejected"]
    assert "as many events of this session wait" in verdicts[2]["detail"]
    again = client.post("/v1/track", json=events[2])
    assert (again.status_code, again.json()["verdicts"][0]["code"]) == (422, "unknown_product")
    assert len(base.kept.waiting.places_of(mine)) == 2


def test_whoever_does_not_hold_the_session_lets_nothing_wait_in_it(
    client: httpx.Client, stranger: httpx.Client, base: RoleResources, mine: SessionId
) -> None:
    fields = {"session_id": mine, "occurred_at": datetime.now(UTC).isoformat()}
    assert client.post("/v1/track", json=a_wire_event(**fields)).status_code == 202
    hat = a_wire_event(event_id="hat", product_id="hat-1", **fields)
    assert stranger.post("/v1/track", json=hat).status_code in {401, 403}
    assert not base.kept.waiting.places_of(mine)
    ill_formed = a_wire_event(event_id="ill", product_id=" hat-1", **fields)
    assert client.post("/v1/track", json=ill_formed).json()["rejected"] == 1
    assert not base.kept.waiting.places_of(mine)


def test_an_impression_of_an_unknown_product_is_refused(
    client: httpx.Client, live: LiveStores, base: RoleResources, mine: SessionId
) -> None:
    now = datetime.now(UTC).isoformat()
    seen = a_wire_event(
        type="impression", session_id=mine, product_id="hat-1", slot=0, decision_id="d",
        occurred_at=now,
    )  # fmt: skip
    assert client.post("/v1/track", json=seen).status_code == 422
    assert in_log(live.log, USER_INTERACTIONS) == []
    assert len(in_log(live.log, DEAD_LETTER)) == 1
    assert not base.kept.waiting.places_of(mine)
