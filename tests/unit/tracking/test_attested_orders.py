"""Whose orders are worth a purchase, and that each counts once, whoever sends it."""

from dataclasses import replace

import msgspec
import pytest

from api.tracking.request_events import events_in
from personalization.domain.event import Event
from personalization.domain.reward import reward
from personalization.tracking.validation import TakenEvent, judge
from tests.builders.wire_event import a_wire_event
from tests.unit.tracking.judging import KNOWN, batch_at_noon, names_by_code

PAGE, SERVER, ANYBODY = False, True, None
ORDER: dict[str, object] = {"type": "checkout", "order_id": "4711"}


def take(attested: bool | None, **fields: object) -> TakenEvent:  # noqa: FBT001 (as in the event)
    wire = a_wire_event(**{**ORDER, **fields})
    batch = replace(batch_at_noon(), attested=attested)
    found = judge(events_in(msgspec.json.encode(wire), 10)[0], batch, KNOWN)
    assert isinstance(found, TakenEvent), found
    return found


def event(attested: bool | None, **fields: object) -> Event:  # noqa: FBT001 (as in the event)
    return take(attested, **fields).event


@pytest.mark.parametrize("kind", ["checkout", "refund"])
def test_a_page_s_order_is_kept_and_worth_nothing_where_a_server_has_to_send_it(kind: str) -> None:
    page, server = take(PAGE, type=kind), take(SERVER, type=kind)
    assert (page.event.attested, server.event.attested) == (False, True)
    assert (reward(page.event), abs(reward(server.event))) == (0.0, 5.0)
    assert "unattested_order" in names_by_code(page)
    assert server.warnings == take(ANYBODY, type=kind).warnings == ()


def test_nothing_else_is_asked_for_a_server() -> None:
    cart = take(PAGE, type="add_to_cart", order_id=None)
    assert cart.event.attested is None
    assert cart.warnings == ()


def test_an_order_is_one_event_by_its_number_and_products_whoever_sends_it() -> None:
    both = {"product_id": None, "product_ids": ["shirt-1", "shirt-2"]}
    lines = [{"product_id": "shirt-2"}, {"product_id": "shirt-1"}]
    turned = {"product_id": None, "lines": lines}
    ids = {
        event(ANYBODY, event_id="page", **both).event_id,
        event(SERVER, event_id="server", **both).event_id,
        event(SERVER, event_id="again", **turned).event_id,
    }
    assert len(ids) == 1
    parts = {event(SERVER, product_id=name).event_id for name in ("shirt-1", "shirt-2")}
    assert len(parts | ids) == 3
    assert event(SERVER, order_id="4712", **both).event_id not in ids


def test_the_server_s_order_counts_though_the_page_has_sent_it_as_one_that_does_not() -> None:
    assert event(PAGE, event_id="page").event_id == "page"
    assert event(SERVER).event_id != "page"
    assert event(ANYBODY, order_id=None, event_id="mine").event_id == "mine"
    assert event(SERVER, order_id=None, event_id="mine").event_id == "mine"
