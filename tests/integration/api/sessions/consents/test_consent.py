"""Consent over the real API: what a visit leaves behind, and how soon a choice holds."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.keys.shown_key import KEY_HEADER
from api.state import ApiServices
from personalization.codec.json_codec import EVENT
from personalization.domain.clock import SystemClock
from personalization.domain.consent import ConsentPurpose, agrees
from personalization.domain.event import EventType
from personalization.domain.identifiers import SessionId
from personalization.ports.event_log import EventLog
from personalization.ports.topics import DEAD_LETTER, USER_INTERACTIONS
from personalization.sessions.refusals import Refusals
from personalization.settings.consent import ConsentSettings
from personalization.tracking.consents import usable
from realtime.wiring import RoleResources
from tests.builders.access.known_keys import SERVER
from tests.builders.wire_event import a_wire_event
from tests.integration.api.serving import serve
from tests.integration.api.sessions.people import Roles, SharedDevice, state_of_visit
from tests.integration.api.test_track import in_log

ALL = ["measure", "personalize", "learn", "share"]


def choose(device: SharedDevice, consent: object, **headers: str) -> httpx.Response:
    path = f"/v1/sessions/{device.session_id}/consent"
    return device.client.post(path, json={"consent": consent}, headers=device.headers | headers)


def ask(device: SharedDevice) -> dict[str, Any]:
    path = f"/v1/sessions/{device.session_id}/consent"
    answer = device.client.get(path, headers=device.headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def codes(answer: httpx.Response) -> list[str]:
    return [verdict.get("code", "ok") for verdict in answer.json()["verdicts"]]


def rows(device: SharedDevice) -> dict[str, Any]:
    body = {"session_id": device.session_id, "rows": [{"strategy": "popular", "count": 2}]}
    answer = device.client.post("/v1/recommendations", json=body, headers=device.headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def files_with(marker: str, home: Path) -> list[str]:
    return [
        str(path.relative_to(home))
        for path in home.rglob("*")
        if path.is_file() and marker.encode() in path.read_bytes()
    ]


def test_an_opt_out_takes_effect_in_one_call_and_nothing_done_before_is_used(
    phone: SharedDevice, roles: Roles, base: RoleResources
) -> None:
    phone.send("shirt-2", consent=ALL)
    roles.work_off()
    before = phone.profile()
    assert (phone.evidence(), before["personalized"]) == (["shirt-2"], True)

    answer = choose(phone, [])
    assert answer.status_code == 200
    assert answer.json()["personalized"] is False
    # Before any role has heard of it, the page is made of priors already.
    at_once = phone.profile()
    assert (at_once["personalized"], at_once["recent_products"]) == (False, [])
    assert [warning["code"] for warning in rows(phone)["warnings"]] == ["not_personalized"]
    roles.work_off()
    after = phone.profile()
    assert (after["personalized"], after["recent_products"]) == (False, [])
    assert after["version"] > before["version"]
    assert phone.evidence() == []
    state = state_of_visit(base.live, phone)
    assert (state.recent, state.interaction_count, state.consent) == ((), 0, ())


def test_what_a_page_still_says_cannot_undo_a_choice_and_only_a_choice_can(
    phone: SharedDevice, roles: Roles
) -> None:
    phone.send("shirt-2", consent=ALL)
    choose(phone, ["measure"])
    assert phone.send("shirt-1", consent=ALL).json()["accepted"] == 1
    assert phone.send("shirt-1").json()["accepted"] == 1
    roles.work_off()
    assert phone.evidence() == []
    assert ask(phone)["consent"] == ["measure"]
    assert choose(phone, {"measure": True, "personalize": True}).status_code == 200
    assert ask(phone)["refused"] == ["learn", "share"]
    phone.send("shirt-1")
    roles.work_off()
    assert phone.evidence() == ["shirt-1"]


def test_of_who_agrees_to_nothing_no_store_has_a_trace(
    phone: SharedDevice, roles: Roles, base: RoleResources, log: EventLog, tmp_path: Path
) -> None:
    known = in_log(log, USER_INTERACTIONS), in_log(log, DEAD_LETTER)
    refused = phone.send("shirt-2", consent=[])
    assert (refused.status_code, codes(refused)) == (200, ["no_consent"])
    broken = {"session_id": phone.session_id, "type": "product_view", "consent": [], "slot": "x"}
    for body in (
        {"events": [broken, {"type": 7, "consent": []}], "session_id": phone.session_id},
        {"events": [a_wire_event(session_id=phone.session_id, product_id="?")], "consent": []},
        {"events": [a_wire_event(session_id=phone.session_id)], "consent": "unreadable"},
    ):
        phone.client.post("/v1/track", json=body)
    rows(phone)
    assert phone.profile()["personalized"] is False
    roles.work_off()
    assert (in_log(log, USER_INTERACTIONS), in_log(log, DEAD_LETTER)) == known
    assert base.kept.claims.read(SessionId(phone.session_id)) is None
    # Nor has a later event that says nothing: the refusal holds.
    assert codes(phone.send("shirt-1")) == ["no_consent"]
    assert files_with(phone.session_id, tmp_path) == []
    assert files_with(phone.session_id.replace("-", ""), tmp_path) == []


def test_consent_withdrawn_in_the_middle_of_a_batch_ends_what_came_before(
    phone: SharedDevice, roles: Roles, base: RoleResources
) -> None:
    def event(product: str, **more: object) -> dict[str, object]:
        return a_wire_event(
            event_id=str(uuid4()), session_id=phone.session_id, product_id=product,
            occurred_at=SystemClock().now().isoformat(), **more,
        )  # fmt: skip

    batch = [event("shirt-1", consent=ALL), event("shirt-2", consent=[]), event("shirt-2")]
    answer = phone.client.post("/v1/track", json={"events": batch})
    assert codes(answer) == ["ok", "no_consent", "no_consent"]
    phone.token = answer.headers["x-session-token"]
    roles.work_off()
    assert phone.profile()["personalized"] is False
    assert phone.evidence() == []
    past = base.kept.history.read_many([SessionId(phone.session_id)])
    kinds = [(kept.type, kept.consent) for kept in past[SessionId(phone.session_id)]]
    assert [kind for kind, _ in kinds] == [EventType.PRODUCT_VIEW, EventType.CONSENT]
    assert kinds[1][1] == ()


def test_a_flush_of_redis_gives_nobody_a_consent_back(
    phone: SharedDevice, laptop: SharedDevice, roles: Roles, redis_url: str
) -> None:
    for device, consent in ((phone, []), (laptop, ["measure"])):
        device.send("shirt-2", consent=ALL)
        choose(device, consent)
    roles.work_off()
    flush(redis_url)
    with serve(phone.services) as address, httpx.Client(base_url=address) as fresh:
        phone.client = laptop.client = fresh
        assert codes(phone.send("shirt-1")) == ["no_consent"]
        assert laptop.send("shirt-1").json()["accepted"] == 1
        roles.work_off()
        assert laptop.evidence() == []
        assert phone.profile()["personalized"] is False
        assert ask(laptop)["consent"] == ["measure"]


def flush(url: str) -> None:
    import redis

    client = redis.Redis.from_url(url)
    client.flushall()
    client.close()


def test_a_browser_that_sends_gpc_shares_nothing(phone: SharedDevice, log: EventLog) -> None:
    event = a_wire_event(
        event_id=str(uuid4()), session_id=phone.session_id, consent=ALL,
        occurred_at=SystemClock().now().isoformat(),
    )  # fmt: skip
    answer = phone.client.post("/v1/track", json=event, headers={"sec-gpc": "1"})
    assert answer.json()["accepted"] == 1
    assert (
        b'"consent":["measure","personalize","learn"]' in in_log(log, USER_INTERACTIONS)[-1].value
    )


@pytest.mark.parametrize("words", [({"consent": ALL}, {}), ({}, {"consent": ALL})])
def test_what_a_browser_has_refused_holds_for_an_event_that_says_nothing(
    phone: SharedDevice, log: EventLog, words: tuple[dict[str, object], ...]
) -> None:
    for said, headers in zip(words, ({}, {"sec-gpc": "1"}), strict=True):
        event = a_wire_event(
            event_id=str(uuid4()), session_id=phone.session_id,
            occurred_at=SystemClock().now().isoformat(), **said,
        )  # fmt: skip
        answer = phone.client.post("/v1/track", json=event, headers=phone.headers | headers)
        assert answer.json()["accepted"] == 1
        phone.token = answer.headers.get("x-session-token", phone.token)
    phone.send("shirt-1")
    sent = [EVENT.decode(record.value) for record in in_log(log, USER_INTERACTIONS)]
    assert len(sent) == 3
    assert not agrees(sent[-1].consent, ConsentPurpose.SHARE)
    assert ask(phone)["refused"] == ["share"]


def test_a_silent_refusal_of_a_browser_takes_back_a_yes_that_arrives_after_it(
    phone: SharedDevice, roles: Roles, base: RoleResources
) -> None:
    now = SystemClock().now()

    def event(seconds_ago: float, **more: object) -> dict[str, object]:
        return a_wire_event(
            event_id=str(uuid4()), session_id=phone.session_id,
            occurred_at=(now - timedelta(seconds=seconds_ago)).isoformat(), **more,
        )  # fmt: skip

    silent = phone.client.post("/v1/track", json=event(10), headers={"sec-gpc": "1"})
    phone.token = silent.headers["x-session-token"]
    late = phone.client.post("/v1/track", json=event(20, consent=ALL), headers=phone.headers)
    assert (silent.json()["accepted"], late.json()["accepted"]) == (1, 1)
    roles.work_off()
    history = base.kept.history
    events = history.read_many([SessionId(phone.session_id)])[SessionId(phone.session_id)]
    refusals = Refusals.read(history, list(history.days()), ConsentPurpose.SHARE)
    assert len(events) == 2
    assert refusals.usable(events) == []


@pytest.mark.parametrize("somebody_spoke", [True, False])
@pytest.mark.parametrize(
    ("yes_seconds_ago", "is_shared"),
    [(20, False), (5, True), (None, True)],
    ids=["before the signal", "after it", "by a choice"],
)
def test_only_who_agrees_after_a_silent_refusal_of_a_browser_is_shared_again(
    phone: SharedDevice,
    laptop: SharedDevice,
    log: EventLog,
    yes_seconds_ago: float | None,
    *,
    somebody_spoke: bool,
    is_shared: bool,
) -> None:
    """Whenever the yes arrives, what counts is whether it was said later."""
    if somebody_spoke:
        laptop.send("shirt-1", consent=["measure"])
    now = SystemClock().now()

    def send(seconds_ago: float, *, has_gpc: bool = False, **more: object) -> None:
        event = a_wire_event(
            event_id=str(uuid4()), session_id=phone.session_id,
            occurred_at=(now - timedelta(seconds=seconds_ago)).isoformat(), **more,
        )  # fmt: skip
        headers = phone.headers | ({"sec-gpc": "1"} if has_gpc else {})
        answer = phone.client.post("/v1/track", json=event, headers=headers)
        assert answer.json()["accepted"] == 1
        phone.token = answer.headers.get("x-session-token", phone.token)

    send(10, has_gpc=True)
    if yes_seconds_ago is None:
        assert choose(phone, ALL).status_code == 200
    else:
        send(yes_seconds_ago, consent=ALL)
    send((now - SystemClock().now()).total_seconds())
    # The signal is of its own request and of those that say nothing, whatever was agreed to.
    send((now - SystemClock().now()).total_seconds(), has_gpc=True, consent=ALL)
    kept = [EVENT.decode(record.value) for record in in_log(log, USER_INTERACTIONS)]
    mine = [event for event in kept if event.session_id == phone.session_id][-2:]
    assert [agrees(event.consent, ConsentPurpose.SHARE) for event in mine] == [is_shared, False]


def test_what_was_before_the_refusal_of_an_event_that_waits_stays_unused_after_a_choice(
    phone: SharedDevice, roles: Roles, base: RoleResources
) -> None:
    phone.send("shirt-2", consent=ALL)
    narrowed = phone.send("of no catalogue", consent=["measure", "personalize"])
    assert [verdict["verdict"] for verdict in narrowed.json()["verdicts"]] == ["waiting"]
    assert choose(phone, ALL).status_code == 200
    phone.send("shirt-1", consent=ALL)
    roles.work_off()
    history = base.kept.history
    events = history.read_many([SessionId(phone.session_id)])[SessionId(phone.session_id)]
    for purpose, products in (
        (ConsentPurpose.LEARN, ["shirt-1"]),
        (ConsentPurpose.MEASURE, ["shirt-2", "shirt-1"]),
    ):
        used = usable(events, purpose)
        assert [name for event in used for name in event.product_ids] == products


def test_a_shop_that_needs_a_yes_first_keeps_nothing_before_it(
    phone: SharedDevice, services: ApiServices, roles: Roles, log: EventLog
) -> None:
    asks = replace(services, consent=ConsentSettings(unsaid=()))
    with serve(asks) as address, httpx.Client(base_url=address) as client:
        phone.client = client
        assert codes(phone.send("shirt-1")) == ["no_consent"]
        assert phone.profile()["personalized"] is False
        assert in_log(log, USER_INTERACTIONS) == []
        assert codes(phone.send("shirt-1", consent=["personalize"])) == ["ok"]
        roles.work_off()
        assert phone.profile()["personalized"] is True
        assert phone.evidence() == ["shirt-1"]


def test_a_choice_needs_the_sessions_token_or_a_secret_key(
    phone: SharedDevice, laptop: SharedDevice
) -> None:
    phone.send("shirt-1", consent=ALL)
    laptop.session_id = phone.session_id
    assert choose(laptop, []).status_code == 401
    assert ask(phone)["consent"] == ALL
    assert choose(laptop, [], **{KEY_HEADER: SERVER}).status_code == 200
    assert ask(phone)["consent"] == []


@pytest.mark.parametrize("consent", ["all", 7, [1], {"learn": "perhaps"}, ["sell"], None])
def test_a_choice_that_cannot_be_read_changes_nothing(phone: SharedDevice, consent: object) -> None:
    phone.send("shirt-1", consent=ALL)
    answer = choose(phone, consent)
    assert answer.status_code == 422
    assert ask(phone)["consent"] == ALL
