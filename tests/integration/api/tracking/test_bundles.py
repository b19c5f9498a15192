"""A bundle's reward is for who bought it whole, as a decision of the session suggested it."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from api.state import ApiServices
from personalization.codec.json_codec import EVENT
from personalization.domain.identifiers import ProductId, decision_id_of
from personalization.domain.reward import reward
from personalization.ports.event_log import EventLog
from personalization.ports.topics import USER_INTERACTIONS
from tests.builders.decision_record import a_decision_record
from tests.builders.moments import NOON
from tests.builders.product import a_product
from tests.builders.wire_event import OTHER_SESSION, SESSION, a_wire_event
from tests.integration.api.test_track import in_log

DECISION = decision_id_of(NOON, "shown")
"""It suggested `bundle-1`: shirt-1 and shirt-2."""
OTHERS = decision_id_of(NOON, "another's")


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
