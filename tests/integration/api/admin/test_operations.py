"""Experiments, snapshots, generations, dead letters and explanations over HTTP, by role."""

from itertools import product
from uuid import uuid4

import httpx
import msgspec
import pytest
from pydantic import SecretStr

from api.state import ApiServices
from personalization.adapters.vowpal.model_parts import BASE
from personalization.adapters.vowpal.policy import VowpalLearner
from personalization.domain.access.shop import SHOP
from personalization.domain.identifiers import ProductId
from personalization.ports.event_log import EventLog
from personalization.ports.model_store import STATE_PART
from personalization.ports.stores import KeptStores
from personalization.ports.topics import DEAD_LETTER
from personalization.priors.warehouse import COVERED_PRODUCTS
from personalization.settings.key_limits import KeyLimitSettings
from personalization.settings.serving import ServingSettings
from personalization.tracking.dead_letters import letter_message
from tests.builders.generation import a_generation
from tests.builders.moments import NOON
from tests.builders.product import a_product
from tests.builders.wire_event import SESSION, a_wire_event

ARMS = [{"name": "control", "share": 0.5}, {"name": "other", "share": 0.5}]


@pytest.fixture
def serving() -> ServingSettings:
    """Return settings that let a test call as often as it does."""
    plenty = KeyLimitSettings(secret_per_second=10_000)
    return ServingSettings(secret=SecretStr("secret"), port=0, key_limits=plenty)


def actions(kept_stores: KeptStores) -> list[tuple[str, str]]:
    """Return what was recorded, oldest first."""
    entries = reversed(kept_stores.audit.newest(SHOP, 100))
    return [(entry.action, entry.subject) for entry in entries if entry.author.startswith("key:")]


def test_an_experiment_is_started_measured_checked_and_stopped(
    merchandiser: httpx.Client, viewer: httpx.Client, kept_stores: KeptStores
) -> None:
    fields = {"experiment_id": "taste", "arms": ARMS}
    assert viewer.post("/experiments", json=fields).status_code == 403
    started = merchandiser.post("/experiments", json=fields)
    assert (started.status_code, started.json()["control"]) == (201, "control")
    again = merchandiser.post("/experiments", json=fields)
    assert again.json()["type"] == "/problems/invalid-experiment"
    assert viewer.get("/experiments").json()["total"] == 1
    report = viewer.get("/experiments/taste/report").json()
    assert [arm["arm"] for arm in report["conclusions"]] == ["other"]
    checked = merchandiser.post("/experiment-checks").json()["checked"]
    assert checked[0]["standings"] == {"other": "too early"}

    stopped = merchandiser.post("/experiments/taste/stop", json={"arm": "other"}).json()
    assert [stop["arm"] for stop in stopped["stopped"]] == ["other"]
    assert merchandiser.post("/experiments/taste/stop").json()["ended_at"] is not None
    assert viewer.get("/experiments/none/report").status_code == 404
    assert actions(kept_stores) == [
        ("experiments.start", "taste"),
        ("experiments.stop", "taste"),
        ("experiments.stop", "taste"),
    ]


def test_a_snapshot_is_gone_back_to(
    operator: httpx.Client, viewer: httpx.Client, kept_stores: KeptStores
) -> None:
    versions: list[str | None] = [None]
    for rounds in (1, 2):
        state = b'{"rounds": %d}' % rounds
        parts = {BASE.name: VowpalLearner(None).dump(), STATE_PART: state}
        versions.append(kept_stores.models.save(parts, versions[-1]))
    listed = viewer.get("/snapshots", params={"limit": 1}).json()
    assert listed["total"] == 2
    assert [(each["rounds"], each["current"]) for each in listed["snapshots"]] == [(2, True)]
    older = versions[1]
    assert viewer.get(f"/snapshots/{older}/check").json()["version"] == older

    assert viewer.post(f"/snapshots/{older}/rollback").status_code == 403
    done = operator.post(f"/snapshots/{older}/rollback").json()
    assert (done["of"], done["replaced"]) == (older, versions[2])
    assert kept_stores.models.current() == done["made"]
    assert viewer.get("/snapshots").json()["snapshots"][0]["rounds"] == 1
    assert operator.post("/snapshots/none/rollback").status_code == 404
    assert actions(kept_stores) == [("models.rollback", older)]


def test_a_generation_is_promoted_and_gone_back_from(
    operator: httpx.Client, viewer: httpx.Client, services: ApiServices, kept_stores: KeptStores
) -> None:
    first = services.priors.active()
    assert first is not None
    small = {**first.parameters, COVERED_PRODUCTS: "1"}
    services.priors.register(a_generation(parameters={**first.parameters, COVERED_PRODUCTS: "9"}))
    services.priors.register(
        a_generation(
            generation_id="second", created_at=NOON.replace(day=NOON.day + 1), parameters=small
        )
    )
    shown = viewer.get("/generations/second").json()
    assert "less than 50%" in shown["gate"]["size"]
    assert shown["generation"]["rows_by_table"] == {"trending": 1}

    refused = operator.post("/generations/second/promote")
    assert (refused.status_code, refused.json()["title"]) == (409, "The generation was refused")
    done = operator.post("/generations/second/promote", json={"accept_smaller": True}).json()
    assert done == {"generation_id": "second", "replaced": first.generation_id}
    assert viewer.post("/generations/rollback").status_code == 403
    assert operator.post("/generations/rollback").json()["generation_id"] == first.generation_id
    assert operator.post("/generations/rollback").status_code == 409
    listed = viewer.get("/generations").json()["generations"]
    assert [(each["generation_id"], each["active"]) for each in listed] == [
        ("second", False),
        (first.generation_id, True),
    ]
    assert actions(kept_stores) == [
        ("generations.promote", "second"),
        ("generations.rollback", first.generation_id),
    ]


def test_dead_letters_are_listed_redriven_and_discarded(
    operator: httpx.Client,
    viewer: httpx.Client,
    log: EventLog,
    services: ApiServices,
    kept_stores: KeptStores,
) -> None:
    now = services.clock.now().isoformat()
    bodies = [
        msgspec.json.encode(a_wire_event(event_id=name, product_id=f"coat-{name}", occurred_at=now))
        for name in "abc"
    ]
    why = "unknown_product: The catalogue has no such product."
    set_aside = [letter_message(SESSION, body, why, "api") for body in bodies]
    log.publish(DEAD_LETTER, set_aside).result(10)
    page = viewer.get("/dead-letters", params={"limit": 2, "reason": "unknown_product"}).json()
    assert page["total"] == 3
    assert page["counts"] == [{"code": "unknown_product", "source": "api", "letters": 3}]
    rest = viewer.get("/dead-letters", params={"limit": 2, "after": page["next"]}).json()
    assert (len(page["letters"]), len(rest["letters"]), rest["next"]) == (2, 1, None)
    place = rest["letters"][0]["place"]
    assert viewer.get(f"/dead-letters/{place}").json()["would_publish"] is False

    services.catalogue.write_products([a_product(product_id=ProductId("coat-a"))])
    assert viewer.post("/dead-letters/redrive", json={"all": True}).status_code == 403
    trial = operator.post("/dead-letters/redrive", json={"all": True, "dry_run": True}).json()
    slices = [operator.post("/dead-letters/redrive", json={"all": True, "limit": 2}).json()]
    while slices[-1]["next"] is not None:
        order = {"all": True, "limit": 2, "after": slices[-1]["next"]}
        slices.append(operator.post("/dead-letters/redrive", json=order).json())
    assert trial["done"] == sum(each["done"] for each in slices) == 1
    assert sum(each["kept"].get("unknown_product", 0) for each in slices) == 2
    left = viewer.get("/dead-letters").json()["letters"]
    one = operator.post("/dead-letters/discard", json={"places": [left[0]["place"], "0:999"]})
    assert (one.json()["done"], one.json()["missing"]) == (1, ["0:999"])
    assert operator.post("/dead-letters/discard", json={"reason": "unknown"}).json()["done"] == 1
    assert viewer.get("/dead-letters").json()["total"] == 0
    assert viewer.get("/dead-letters", params={"every": True}).json()["total"] == 3
    assert operator.post("/dead-letters/discard", json={}).status_code == 422
    assert [action for action, _ in actions(kept_stores)] == [
        "dead-letters.redrive",
        "dead-letters.discard",
        "dead-letters.discard",
    ]


def test_any_decision_of_any_session_is_explained(
    viewer: httpx.Client, client: httpx.Client, services: ApiServices
) -> None:
    now = services.clock.now().isoformat()
    client.post("/v1/track", json=a_wire_event(occurred_at=now))
    decision_id = client.get(f"/v1/profiles/{SESSION}").json()["decision_id"]

    explained = viewer.get(f"/decisions/{decision_id}").json()
    assert viewer.get(f"/sessions/{SESSION}/explanation").json() == explained
    shown = explained["products"][0]["subject"]
    why = viewer.get(f"/decisions/{decision_id}/why-not", params={"product": shown}).json()
    assert why["product"]["rank"] == 1
    absent = viewer.get(f"/decisions/{decision_id}/why-not", params={"product": "none"})
    assert "was not among" in absent.json()["detail"]
    profile = viewer.get(f"/sessions/{SESSION}/profile").json()
    assert profile["decision_id"] == decision_id
    decisions = viewer.get(f"/sessions/{SESSION}/decisions").json()["decisions"]
    assert [decision["decision_id"] for decision in decisions] == [decision_id]
    assert viewer.get(f"/sessions/{SESSION}/events").json()["total"] == 0, "no role has read it yet"
    assert viewer.get(f"/sessions/{uuid4()}/profile").status_code == 404
    before = viewer.get(f"/sessions/{SESSION}/profile", params={"at": "0001-01-01T00:00:00+14:00"})
    assert before.status_code == 404


ODD_BODIES = (
    b"", b"null", b"[]", b"{", b"\xff", b'{"all": "yes"}', b'{"places": ["\\ud800"]}',
    b'{"limit": 1e400}', b'{"limit": 123456789012345678901234567890}', b'{"id": "\\u0000"}',
    b'{"rules": [{"id": "a", "kind": "boost", "amount": 1e308, "reason": "\\u0000"}]}',
    b"[" * 100_000, b'{"a":' * 100_000, b'{"experiment_id": "\\u0000", "arms": [1]}',
    b'{"experiment_id": 7, "arms": {"0": 1}}', b'{"since": "0001-01-01T00:00:00+14:00"}',
    b'{"arm": "\\u0000"}', b'{"experiment_id": "x", "arms": [{"name": "a", "share": 1e-320}]}',

)  # fmt: skip


def test_no_odd_body_is_answered_with_a_failure(operator: httpx.Client) -> None:
    paths = [
        ("PUT", "/rules"), ("PUT", "/rules/a"), ("POST", "/rule-checks"), ("POST", "/stock"),
        ("POST", "/experiments"), ("POST", "/experiments/none/stop"),
        ("POST", "/snapshots/none/rollback"), ("POST", "/generations/none/promote"),
        ("POST", "/dead-letters/redrive"), ("POST", "/dead-letters/discard"),
    ]  # fmt: skip
    wrong = []
    for (method, path), body in product(paths, ODD_BODIES):
        answer = operator.request(method, path, content=body, headers={"if-match": "*"})
        if answer.status_code not in (200, 400, 404, 413, 422):
            wrong.append((path, body[:100], answer.text))
    assert wrong == []


def test_no_odd_id_is_answered_with_a_failure(viewer: httpx.Client) -> None:
    for odd in ("%00", "%ED%A0%80", "%FF", "..%2f..", "9" * 100, "%F0%9F%A7%A5"):
        ask_for_odd(viewer, odd)


def ask_for_odd(viewer: httpx.Client, odd: str) -> None:
    """Ask for whatever has the id, and give it as every parameter."""
    paths = (
        f"/rules/{odd}", f"/rule-versions/{odd}", f"/experiments/{odd}/report",
        f"/snapshots/{odd}/check", f"/generations/{odd}", f"/dead-letters/{odd}",
        f"/decisions/{odd}", f"/decisions/{odd}/why-not?product={odd}", f"/sessions/{odd}/profile",
    )  # fmt: skip
    for path in paths:
        assert viewer.get(path).status_code in (404, 422), path
    queries = ("limit", "offset", "after", "since", "at", "reason", "session", "source")
    for path in ("/rules", "/rule-versions", "/generations", "/dead-letters", "/snapshots"):
        answer = viewer.get(path + "?" + "&".join(f"{name}={odd}" for name in queries))
        assert answer.status_code == 422, path
