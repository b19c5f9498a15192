"""What of an event waits for its products, and what it is once they are there."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.catalogue.catalogue_cache import CatalogueIds
from personalization.domain.event import Device, Event
from personalization.domain.identifiers import CategoryId, OrderId, ProductId
from personalization.tracking.sent_event import sent_event
from personalization.tracking.unknown_products import (
    HeldEvent,
    circumstances_of,
    hold_back,
    letter_of,
    received_at_in,
    waiting_event,
)
from personalization.tracking.validation import TakenEvent, judge, order_event_id
from tests.builders.moments import NOON
from tests.builders.wire_event import a_wire_event
from tests.unit.tracking.judging import batch_at_noon

KNOWN = CatalogueIds({ProductId("shirt-1"): CategoryId("shirts")}, frozenset())
WITH_HAT = CatalogueIds({**KNOWN.products, ProductId("hat-1"): CategoryId("hats")}, frozenset())
ORDER = {"type": "checkout", "product_id": None, "order_id": "o-7"}


def hold(sent_at: object = None, **fields: object) -> HeldEvent | None:
    sent = sent_event(msgspec.json.encode(a_wire_event(**fields)))
    batch = batch_at_noon(sent_at)
    return hold_back(sent, judge(sent, batch, KNOWN), batch, KNOWN)


def event_later(held: HeldEvent | None, sent_at: object = None) -> Event:
    """Return the event that is made of what waited, once there is a hat."""
    assert held is not None
    event = waiting_event(held, batch_at_noon(sent_at), 24, was_checked=True)
    found = judge(sent_event(event.body.encode()), circumstances_of(event), WITH_HAT)
    assert isinstance(found, TakenEvent)
    return found.event


def line(product_id: str, **fields: object) -> dict[str, object]:
    return {"product_id": product_id, **fields}


def test_an_event_that_waited_is_what_it_would_have_been() -> None:
    fields = {
        "product_id": "hat-1",
        "occurred_at": (NOON - timedelta(hours=5)).isoformat(),
        "user_id": None,
        "slot": 3,
    }
    sent_at = (NOON - timedelta(hours=2)).isoformat()
    sent = sent_event(msgspec.json.encode({**a_wire_event(**fields), "user_id": None}))
    batch = batch_at_noon(sent_at)
    held = hold_back(sent, judge(sent, batch, KNOWN), batch, KNOWN)
    at_once = judge(sent, batch, WITH_HAT)
    assert isinstance(at_once, TakenEvent)
    assert event_later(held, sent_at) == at_once.event
    assert at_once.event.occurred_at == NOON - timedelta(hours=3)
    assert (at_once.event.region, at_once.event.device) == ("pl", Device.MOBILE)


def test_of_an_order_the_unknown_lines_wait_under_its_number() -> None:
    lines = [
        line("shirt-1", quantity=2, unit_price=3, currency="EUR"),
        line("hat-1", quantity=4, unit_price="5.25", currency="EUR"),
        line("hat-1", quantity=1, unit_price=7, currency="EUR"),
    ]
    event = event_later(hold(**ORDER, lines=lines, bundle_id="a+b", decision_id=None))
    # Like every order's: by its number and products, so that it counts once, whoever sends it.
    assert event.event_id == order_event_id(OrderId("o-7"), [ProductId("hat-1")])
    assert (event.product_ids, event.quantities) == (("hat-1", "hat-1"), (4, 1))
    assert event.unit_price_micros == (5_250_000, 7_000_000)
    assert (event.order_id, event.bundle_id, event.slots) == ("o-7", None, ())


def test_an_order_without_a_number_lends_its_id_to_the_rest() -> None:
    event = event_later(hold(**ORDER | {"order_id": None}, product_ids=["hat-1", "shirt-1"]))
    assert (event.product_ids, event.order_id) == (("hat-1",), "event-1")


def test_what_was_said_of_no_line_of_several_is_not_said_of_the_last() -> None:
    event = event_later(hold(**ORDER, product_ids=["hat-1", "shirt-1"], quantity=9, unit_price=1))
    assert (event.quantities, event.unit_price_micros) == ((), ())


def test_a_long_id_makes_another_that_is_an_id() -> None:
    ids = {
        event_later(
            hold(
                **{**ORDER, "type": "refund"},
                event_id=60 * "x" + last,
                product_ids=["hat-1", "shirt-1"],
            )
        ).event_id
        for last in "ab"
    }
    assert len(ids) == 2


def test_an_order_of_which_no_line_can_count_waits_whole() -> None:
    lines = [line("shirt-1", quantity=0), line("hat-1", quantity=2)]
    held = hold(**ORDER, lines=lines, bundle_id="b")
    event = event_later(held)
    assert held is not None
    assert not held.is_rest
    assert (event.product_ids, event.bundle_id) == (("hat-1",), None)


@pytest.mark.parametrize(
    "fields",
    [
        {"product_id": "shirt-1"},
        {"product_id": "hat-1\u0007"},
        {"product_id": " hat-1"},
        {"product_id": 129 * "h"},
        {"product_id": "hat-1", "event_id": "?"},
        {"product_id": "hat-1", "occurred_at": (NOON - timedelta(hours=49)).isoformat()},
        {"product_id": "hat-1", "type": "hover"},
        {"product_id": "hat-1", "type": "teleport"},
        {"product_id": None, "product_ids": 101 * ["hat-1"], "type": "checkout"},
        {"product_id": "hat-1", "type": "impression", "slot": 0, "decision_id": "d"},
    ],
)
def test_what_could_not_count_anyhow_does_not_wait(fields: dict[str, object]) -> None:
    assert hold(**fields) is None


def test_nothing_beside_the_event_is_kept_with_it() -> None:
    held = hold(product_id="hat-1", session_secret="s" * 22, other="x" * 1000)
    assert held is not None
    assert "secret" not in held.body
    assert "xxx" not in held.body


def test_a_letter_says_how_its_event_was_received() -> None:
    held = hold(product_id="hat-1")
    assert held is not None
    event = replace(
        waiting_event(held, batch_at_noon(5), 24, was_checked=True),
        received_at=NOON.replace(microsecond=9),
    )
    found = judge(sent_event(held.body.encode()), batch_at_noon(), KNOWN)
    assert not isinstance(found, TakenEvent)
    headers = dict(letter_of(held.body, found, event, "api").headers)
    assert received_at_in(headers["received-at"]) == event.received_at
    assert (headers["region"], headers["device"], headers["sent-at"]) == ("pl", "mobile", "5")
    assert received_at_in("") is None


_NAMES = st.sampled_from(["shirt-1", "hat-1"])
_LINES = st.lists(
    st.fixed_dictionaries({"product_id": _NAMES}, optional={"quantity": st.integers(1, 4)}),
    min_size=1,
    max_size=6,
)


@given(
    st.one_of(
        st.fixed_dictionaries({"lines": _LINES}),
        st.fixed_dictionaries(
            {"product_ids": st.lists(_NAMES, min_size=1, max_size=5), "product_id": _NAMES},
            optional={"quantity": st.integers(1, 4)},
        ),
    )
)
def test_no_piece_of_an_order_is_lost_or_counted_twice(fields: dict[str, object]) -> None:
    sent = sent_event(msgspec.json.encode(a_wire_event(**ORDER | fields)))
    batch = batch_at_noon()
    at_once, whole = judge(sent, batch, KNOWN), judge(sent, batch, WITH_HAT)
    held = hold_back(sent, at_once, batch, KNOWN)
    counted = Counter[str]()
    if isinstance(at_once, TakenEvent):
        counted += pieces(at_once.event)
    if held is not None:
        counted += pieces(event_later(held))
    assert isinstance(whole, TakenEvent)
    assert counted == pieces(whole.event)


def pieces(event: Event) -> Counter[str]:
    quantities = event.quantities or (1,) * len(event.product_ids)
    bought = Counter[str]()
    for product_id, quantity in zip(event.product_ids, quantities, strict=True):
        bought[product_id] += quantity
    return bought
