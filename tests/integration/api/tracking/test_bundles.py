"""A bundle's reward is for who bought it whole, as a decision of the session suggested it."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from api.state import ApiServices
from personalization.codec.json_codec import EVENT
from personalization.domain.identifiers import ProductId, decision_id_of
from personalization.domain.reward import reward
from personalization.merchandising.rule import RuleKind
from personalization.ports.event_log import EventLog
from personalization.ports.stores import KeptStores
from personalization.ports.topics import USER_INTERACTIONS
from personalization.settings.ranking import RankingSettings
from personalization.settings.redis import RedisSettings
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings
from tests.builders.decision_record import a_decision_record
from tests.builders.moments import NOON
from tests.builders.product import a_product
from tests.builders.rule import a_rule
from tests.builders.settable_clock import SettableClock
from tests.builders.wire_event import OTHER_SESSION, SESSION, a_wire_event
from tests.integration.api.test_first_visits import first_page
from tests.integration.api.test_rules import decide
from tests.integration.api.test_track import in_log
from tests.waiting import eventually

DECISION = decision_id_of(NOON, "shown")
"""It suggested `bundle-1`: shirt-1 and shirt-2."""
OTHERS = decision_id_of(NOON, "another's")


@pytest.fixture
def settings(tmp_path: Path, redis_url: str) -> CoreSettings:
    """Return settings by which rules are looked for all the time."""
    return CoreSettings(
        storage=StorageSettings(home=tmp_path),
        redis=RedisSettings(url=redis_url),
        ranking=RankingSettings(plan_seconds=0.02),
    )


@pytest.fixture(autouse=True)
def decisions(client: httpx.Client, services: ApiServices) -> None:
    """Keep a decision of the client's session, and one of another."""
    client.post("/v1/track", json=a_wire_event(event_id="first"))
    records = [a_decision_record(DECISION, SESSION), a_decision_record(OTHERS, OTHER_SESSION)]
    services.decisions.append(records)
    variant = a_product(product_id=ProductId("shirt-2-xl"))
    services.catalogue.write_products([replace(variant, group_id=ProductId("shirt-2"))])


def buy(client: httpx.Client, *products: str, **fields: object) -> dict[str, Any]:
    order: dict[str, object] = {"type": "checkout", "product_id": None, "bundle_id": "bundle-1"}
    order |= {"product_ids": list(products), "decision_id": DECISION} | fields
    answer = client.post("/v1/track", json=a_wire_event(**order)).json()
    [verdict] = answer["verdicts"]
    assert verdict["verdict"] == "accepted"
    return dict(verdict)


def test_a_set_of_the_first_page_is_bought_by_its_token(
    stranger: httpx.Client,
    kept_stores: KeptStores,
    services: ApiServices,
    clock: SettableClock,
    log: EventLog,
) -> None:
    decide(kept_stores, a_rule(RuleKind.OFFER, "shirt-1", "shirt-2", percent=10))
    session = str(UUID(int=7))
    eventually(lambda: services.rules.state(clock.now()).version == 1)
    page = first_page(stranger, session)
    [bundle] = page["bundled_discount_suggestions"]
    price = bundle["offer"]["price"]
    lines = [
        {"product_id": line["product_id"], "unit_price": line["after"] / 100, "currency": "USD"}
        for line in price["lines"]
    ]
    named = {"bundle_id": bundle["bundle_id"], "decision_id": page["decision_id"]}
    order = a_wire_event(type="checkout", session_id=session, product_id=None, lines=lines, **named)
    body = {"events": [order], "decision_token": page["decision_token"]}
    assert "warnings" not in stranger.post("/v1/track", json=body).json()["verdicts"][0]
    [record] = [it for it in in_log(log, USER_INTERACTIONS) if it.key == session]
    event = EVENT.decode(record.value)
    assert (event.bundle_id, reward(event)) == (bundle["bundle_id"], 8.0)
    assert sum(event.unit_price_micros) == price["after"] * 10_000


@pytest.mark.parametrize("products", [["shirt-1", "shirt-2"], ["shirt-2-xl", "shirt-1"]])
def test_whoever_buys_all_of_it_bought_the_bundle(
    client: httpx.Client, log: EventLog, products: list[str]
) -> None:
    assert "warnings" not in buy(client, *products)
    [_, record] = in_log(log, USER_INTERACTIONS)
    event = EVENT.decode(record.value)
    assert (event.bundle_id, reward(event)) == ("bundle-1", 8.0)


@pytest.mark.parametrize(
    ("products", "fields"),
    [
        (["shirt-1"], {}),
        (["shirt-1", "shirt-2"], {"bundle_id": "bundle-2"}),
        (["shirt-1", "shirt-2"], {"decision_id": None}),
        (["shirt-1", "shirt-2"], {"decision_id": OTHERS}),
        (["shirt-1", "shirt-2"], {"decision_id": decision_id_of(NOON, "never made")}),
    ],
)
def test_a_false_claim_is_worth_an_ordinary_order(
    client: httpx.Client, log: EventLog, products: list[str], fields: dict[str, object]
) -> None:
    [said] = buy(client, *products, **fields)["warnings"]
    assert said["code"] == "not_the_bundle"
    [_, record] = in_log(log, USER_INTERACTIONS)
    event = EVENT.decode(record.value)
    assert (event.bundle_id, reward(event)) == (None, 5.0)
