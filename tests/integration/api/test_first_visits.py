"""A visitor who sends nothing leaves nothing; at the first event the decision is kept as shown."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from redis import Redis

from api.state import ApiServices
from api.wiring import build_services
from personalization.codec.json_codec import EVENT, PROFILE
from personalization.decisions.decision_record import decode_record
from personalization.domain.identifiers import DecisionId, SessionId
from personalization.learning.impression_check import CHECK_HEADER, NOT_CHECKED
from personalization.ports.event_log import Record
from personalization.ports.notifier import ProfileChanged
from personalization.ports.stores import KeptStores, LiveStores
from personalization.ports.topics import DEAD_LETTER, DELAYED_DECISIONS, USER_INTERACTIONS
from personalization.profiles.builder import stored_profile
from personalization.settings.serving import ServingSettings
from personalization.wiring import CoreSettings
from tests.builders.settable_clock import SettableClock
from tests.builders.wire_event import a_wire_event
from tests.integration.api.serving import serve

VISITORS = 300


@pytest.fixture
def settings(either_stack: CoreSettings) -> CoreSettings:
    return either_stack


@pytest.fixture
def visit() -> str:
    """Return a session of the test's own: some stores are shared."""
    return str(uuid4())


@pytest.fixture
def replica(
    settings: CoreSettings,
    serving: ServingSettings,
    kept_stores: KeptStores,
    live: LiveStores,
    clock: SettableClock,
    services: ApiServices,
) -> Iterator[httpx.Client]:
    """Return a client of another process over the same stores."""
    del services
    other = build_services(settings, serving, kept_stores, live, clock)
    with serve(other) as address, httpx.Client(base_url=address) as client:
        yield client


def first_page(client: httpx.Client, session: str) -> dict[str, Any]:
    return dict(client.get(f"/v1/profiles/{session}").raise_for_status().json())


def an_impression(page: dict[str, Any], **overrides: object) -> dict[str, object]:
    slate = page["slate"]
    fields = {
        "type": "impression", "event_id": "seen-1", "product_id": None,
        "session_id": page["session_id"], "decision_id": page["decision_id"],
        "product_ids": [slot["product_id"] for slot in slate],
        "slots": [slot["slot"] for slot in slate], **overrides,
    }  # fmt: skip
    return a_wire_event(**fields)


def verdicts(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(given["verdict"], given.get("code", "ok")) for given in answer.json()["verdicts"]]


def records(live: LiveStores, *topics: str) -> list[Record]:
    with closing(live.log.consumer("test", topics)) as consumer:
        found: list[Record] = []
        while polled := consumer.poll(100, 0.5):
            found += polled
        return found


def traces(settings: CoreSettings, live: LiveStores) -> tuple[int, int, int]:
    """Return bytes on the disk, keys in Redis and records in the log."""
    files = (path for path in settings.storage.home.rglob("*") if path.is_file())
    with closing(Redis.from_url(settings.redis.url or "")) as redis:
        keys = sum(1 for _ in redis.scan_iter("*"))
    topics = (USER_INTERACTIONS, DEAD_LETTER, DELAYED_DECISIONS)
    return sum(path.stat().st_size for path in files), keys, len(records(live, *topics))


def traces_after_a_page(
    client: httpx.Client, settings: CoreSettings, live: LiveStores
) -> tuple[int, int, int]:
    first_page(client, str(UUID(int=7)))
    # Looking makes a file of its own the first time.
    traces(settings, live)
    return traces(settings, live)


def test_hundreds_of_visitors_who_only_read_leave_no_byte_and_no_key(
    client: httpx.Client, settings: CoreSettings, services: ApiServices, live: LiveStores
) -> None:
    before = traces_after_a_page(client, settings, live)

    pages = [first_page(client, str(UUID(int=1000 + number))) for number in range(VISITORS)]

    assert traces(settings, live) == before
    assert len({page["decision_id"] for page in pages}) == VISITORS
    assert services.decisions.read_slates([DecisionId(page["decision_id"]) for page in pages]) == {}


def test_a_stream_of_a_new_session_writes_nothing_and_outlives_the_claim(
    client: httpx.Client,
    visit: str,
    settings: CoreSettings,
    services: ApiServices,
    live: LiveStores,
) -> None:
    before = traces_after_a_page(client, settings, live)
    with client.stream("GET", f"/v1/profiles/{visit}/stream") as stream:
        lines = stream.iter_lines()
        data = next(line for line in lines if line.startswith("data: "))
        assert '"decision_token":"' in data
        assert traces(settings, live) == before
        token = {"authorization": f"Bearer {stream.headers['x-session-token']}"}
        assert (
            client.post("/v1/track", json=a_wire_event(session_id=visit), headers=token).status_code
            == 202
        )

        session = SessionId(visit)
        newer = PROFILE.decode(data.removeprefix("data: "))
        publish_newer(services, live, session, newer)
        assert next(line for line in lines if line.startswith("id: ")) == "id: 1"


def publish_newer(services: ApiServices, live: LiveStores, session: SessionId, page: Any) -> None:
    """Store the next version as the scorer does."""
    services.profiles.write_many({session: stored_profile(replace(page, version=1))})
    live.notifier.publish([ProfileChanged(session, 1)])


def test_the_first_impression_keeps_the_decision_and_its_profile_as_they_were_shown(
    client: httpx.Client, visit: str, services: ApiServices, live: LiveStores
) -> None:
    page = first_page(client, visit)
    session, decision_id = SessionId(visit), DecisionId(page["decision_id"])
    assert services.decisions.read_many([decision_id]) == {}

    answer = client.post("/v1/track", json=an_impression(page))

    assert (answer.status_code, verdicts(answer)) == (202, [("accepted", "ok")])
    kept = services.decisions.read_many([decision_id])[decision_id]
    shown = PROFILE.decode(PROFILE.encode(kept.profile))
    assert {**page, "decision_token": None} == {
        **client.get(f"/v1/profiles/{visit}").json(), "decision_token": None
    }  # fmt: skip
    assert page["slate"][0]["product_id"] == shown.slate[0].product_id
    stored = services.profiles.read_many([session])[session]
    assert PROFILE.decode(stored.body) == kept.profile
    (record,) = records(live, USER_INTERACTIONS)
    assert EVENT.decode(record.value).decision_id == decision_id
    assert record.headers == ()


def test_another_process_keeps_it_by_its_token_and_knows_nothing_without(
    client: httpx.Client,
    visit: str,
    replica: httpx.Client,
    services: ApiServices,
    live: LiveStores,
) -> None:
    page = first_page(client, visit)
    decision_id = DecisionId(page["decision_id"])

    without = replica.post("/v1/track", json=an_impression(page))
    assert (without.status_code, verdicts(without)) == (422, [("rejected", "unknown_decision")])
    batch = {"events": [an_impression(page)], "decision_token": page["decision_token"]}
    assert verdicts(replica.post("/v1/track", json=batch)) == [("accepted", "ok")]
    assert is_kept(decision_id, services, live)


@pytest.mark.parametrize("way", ["envelope", "list", "header", "event"])
def test_the_token_travels_beside_the_events_or_in_a_header(
    replica: httpx.Client,
    client: httpx.Client,
    visit: str,
    services: ApiServices,
    live: LiveStores,
    way: str,
) -> None:
    page, view = first_page(client, visit), a_wire_event(session_id=visit)
    token = page["decision_token"]
    bodies = {
        "envelope": {"events": [view], "decision_token": token},
        "list": {"events": [view], "decision_token": ["nonsense", 7, token]},
        "header": view,
        "event": {**view, "decision_token": token},
    }
    headers = {"x-decision-token": token} if way == "header" else {}

    answer = replica.post("/v1/track", json=bodies[way], headers=headers)

    assert answer.json()["verdicts"][0].get("warnings") is None, answer.text
    assert is_kept(DecisionId(page["decision_id"]), services, live)


def is_kept(decision_id: DecisionId, services: ApiServices, live: LiveStores) -> bool:
    """Return whether the history has it, or the log, where the history was too busy to take it."""
    if decision_id in services.decisions.read_many([decision_id]):
        return True
    delayed = (decode_record(record.value) for record in records(live, DELAYED_DECISIONS))
    return decision_id in {kept.decision.decision_id for kept in delayed}


def test_what_the_slate_lacks_gets_a_verdict_and_the_other_events_go_on(
    client: httpx.Client, visit: str, live: LiveStores
) -> None:
    page = first_page(client, visit)
    strange = first_page(client, str(UUID(int=99)))
    batch = [
        an_impression(page, event_id="wrong-slots", slots=[slot + 5 for slot in range(2)]),
        an_impression(strange, event_id="strange", session_id=visit),
        an_impression(page, event_id="no-such", decision_id="ffffffff-ffff-7fff-bfff-ffffffffffff"),
        an_impression(page, event_id="half", slots=[0, 7]),
        a_wire_event(session_id=visit, event_id="view"),
    ]
    batch[0]["product_ids"] = batch[3]["product_ids"] = ["shirt-1", "shirt-2"]
    batch[3]["slots"] = [page_slot(page, "shirt-1"), 77]

    answer = client.post("/v1/track", json={"events": batch})

    assert verdicts(answer) == [
        ("rejected", "not_in_slate"),
        ("rejected", "foreign_decision"),
        ("rejected", "unknown_decision"),
        ("accepted", "ok"),
        ("accepted", "ok"),
    ]
    (left_out,) = answer.json()["verdicts"][3]["warnings"]
    assert (left_out["code"], left_out["names"]) == ("not_in_slate", ["shirt-2"])
    kept = [EVENT.decode(record.value) for record in records(live, USER_INTERACTIONS)]
    assert [event.product_ids for event in kept] == [("shirt-1",), ("shirt-1",)]


def page_slot(page: dict[str, Any], product: str) -> int:
    return int(next(slot["slot"] for slot in page["slate"] if slot["product_id"] == product))


def test_a_claimed_sessions_made_up_decision_is_passed_on_unchecked(
    client: httpx.Client, visit: str, live: LiveStores
) -> None:
    page = first_page(client, visit)
    token = client.post("/v1/track", json=a_wire_event(session_id=visit)).json()["session_token"]
    made_up = "01973000-0000-7000-8000-000000000000"

    answer = client.post(
        "/v1/track", json=an_impression(page, decision_id=made_up),
        headers={"authorization": f"Bearer {token}"},
    )  # fmt: skip

    assert verdicts(answer) == [("accepted", "ok")]
    passed = records(live, USER_INTERACTIONS)
    assert [(CHECK_HEADER, NOT_CHECKED) in record.headers for record in passed] == [False, True]


def test_a_first_page_can_be_explained_before_and_after_anything_is_written(
    client: httpx.Client,
    visit: str,
) -> None:
    read = client.get(f"/v1/profiles/{visit}")
    headers = {"authorization": f"Bearer {read.headers['x-session-token']}"}
    path = f"/v1/explanations/{read.json()['decision_id']}"

    before = client.get(path, headers=headers)
    client.post("/v1/track", json=an_impression(read.json()), headers=headers)
    after = client.get(path, headers=headers)

    assert (before.status_code, before.json()) == (200, after.json())
