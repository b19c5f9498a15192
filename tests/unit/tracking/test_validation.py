"""What is taken, what is refused, and with which code."""

from datetime import UTC, timedelta

import msgspec
import pytest

from api.tracking.request_events import events_in
from personalization.catalogue.catalogue_cache import CatalogueIds
from personalization.domain.event import Device, Event, EventType
from personalization.domain.identifiers import (
    CategoryId,
    ProductId,
    Region,
    SessionId,
    decision_id_of,
)
from personalization.tracking.client_hints import ClientHints
from personalization.tracking.rejection import EventRejection
from personalization.tracking.sent_event import ids_in
from personalization.tracking.validation import Circumstances, TakenEvent, judge
from tests.builders.moments import NOON
from tests.builders.wire_event import OTHER_SESSION, SESSION, a_wire_event

_KNOWN = CatalogueIds(
    products={
        ProductId("shirt-1"): CategoryId("shirts"),
        ProductId("shirt-2"): CategoryId("shirts"),
    },
    categories=frozenset({CategoryId("shirts")}),
)
_BATCH = Circumstances(
    session_id=SessionId(SESSION),
    hints=ClientHints(Region("pl"), Device.MOBILE),
    received_at=NOON,
    clock_skew=timedelta(minutes=5),
    maximum_age=timedelta(hours=48),
)


def _judge(**overrides: object) -> TakenEvent | EventRejection:
    body = msgspec.json.encode(a_wire_event(**overrides))
    return judge(events_in(body, 10)[0], _BATCH, _KNOWN)


def _take(**overrides: object) -> TakenEvent:
    outcome = _judge(**overrides)
    assert isinstance(outcome, TakenEvent), outcome
    return outcome


def _accept(**overrides: object) -> Event:
    return _take(**overrides).event


def test_a_view_is_completed_with_its_category_and_what_the_request_tells() -> None:
    event = _accept()
    assert event.type is EventType.PRODUCT_VIEW
    assert event.product_ids == ("shirt-1",)
    assert event.category_id == "shirts"
    assert (event.region, event.device) == ("pl", Device.MOBILE)
    assert event.received_at == NOON


def test_a_stated_region_and_device_win_over_the_headers() -> None:
    event = _accept(region="DE", device="tablet")
    assert (event.region, event.device) == ("de", Device.TABLET)


def test_epoch_milliseconds_and_rfc_3339_mean_the_same_moment() -> None:
    moment = NOON.replace(microsecond=123_000) - timedelta(minutes=30)
    by_number = _accept(occurred_at=int(moment.timestamp() * 1000))
    by_text = _accept(occurred_at=(moment.astimezone(UTC)).isoformat().replace("+00:00", "Z"))
    assert by_number.occurred_at == by_text.occurred_at == moment


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"type": None}, "missing_field"),
        ({"type": "purchase"}, "unknown_type"),
        ({"type": 7}, "invalid_field"),
        ({"event_id": None}, "missing_field"),
        ({"event_id": "with\nnewline"}, "bad_id"),
        ({"event_id": "x" * 65}, "bad_id"),
        ({"session_id": None}, "missing_field"),
        ({"session_id": "session-1"}, "bad_id"),
        ({"session_id": OTHER_SESSION}, "session_token"),
        ({"occurred_at": None}, "missing_field"),
        ({"occurred_at": "yesterday"}, "invalid_field"),
        ({"occurred_at": "2025-06-01T12:00:00"}, "invalid_field"),
        ({"occurred_at": 10**30}, "in_the_future"),
        ({"occurred_at": 10**399}, "in_the_future"),
        ({"occurred_at": 1.7e308}, "in_the_future"),
        ({"occurred_at": "0000-01-01T00:00:00Z"}, "invalid_field"),
        ({"occurred_at": (NOON - timedelta(days=3)).isoformat()}, "too_old"),
        ({"occurred_at": -1}, "too_old"),
        ({"occurred_at": -(10**399)}, "too_old"),
        ({"occurred_at": -1.7e308}, "too_old"),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "too_old"),
        ({"occurred_at": "0001-01-01T00:00:00+23:59"}, "too_old"),
        ({"product_id": None}, "missing_field"),
        ({"product_id": "hat-1"}, "unknown_product"),
        ({"product_id": "shirt-1\x00"}, "bad_id"),
        ({"product_id": "|shirt\n"}, "bad_id"),
        ({"product_id": "x" * 129}, "too_long"),
        ({"product_ids": ["shirt-1", "shirt-2"]}, "too_long"),
        ({"type": "checkout", "product_ids": ["shirt-1"] * 101}, "too_long"),
        ({"type": "checkout", "lines": [{"product_id": "shirt-1"}] * 101}, "too_long"),
        ({"type": "category_view", "product_ids": ["shirt-1"] * 101}, "too_long"),
        ({"type": "checkout", "product_ids": []}, "missing_field"),
        ({"type": "category_view", "product_id": None}, "missing_field"),
        ({"type": "category_view", "category_id": "hats"}, "unknown_category"),
        ({"type": "impression", "slots": [0]}, "missing_field"),
        ({"type": "impression", "decision_id": "d"}, "invalid_field"),
        ({"type": "impression", "decision_id": "d", "slots": [0, 1]}, "invalid_field"),
        ({"slot": -1}, "invalid_field"),
        ({"slot": 10**399}, "invalid_field"),
        ({"type": "feedback", "thumb": -(10**399)}, "invalid_field"),
        ({"type": "feedback", "rating": 10**300}, "invalid_field"),
        ({"slots": [1, 2]}, "invalid_field"),
        ({"type": "feedback"}, "missing_field"),
        ({"type": "feedback", "thumb": 2}, "invalid_field"),
        ({"type": "feedback", "rating": 6}, "invalid_field"),
        ({"region": "Poland, Warsaw"}, "bad_id"),
        ({"device": "watch"}, "invalid_field"),
        ({"user_id": "x" * 129}, "too_long"),
        ({"decision_id": "a\tb"}, "bad_id"),
        ({"decision_id": "ffffffff-ffff-7fff-bfff-ffffffffffff"}, "unknown_decision"),
        ({"decision_id": "00000000-0000-7000-8000-000000000000"}, "unknown_decision"),
        ({"decision_id": decision_id_of(NOON + timedelta(minutes=6), "")}, "unknown_decision"),
    ],
)
def test_a_bad_event_is_refused_with_its_code(overrides: dict[str, object], code: str) -> None:
    outcome = _judge(**overrides)
    assert isinstance(outcome, EventRejection), outcome
    assert outcome.code == code
    assert outcome.detail


def test_the_catalogue_is_not_asked_for_more_products_than_an_event_takes() -> None:
    named = [f"hat-{number}" for number in range(300)]
    ids = a_wire_event(type="checkout", product_ids=named)
    lines = a_wire_event(type="checkout", lines=[{"product_id": product} for product in named])
    assert ids_in(events_in(msgspec.json.encode([ids, lines]), 10)) == (set(), set())


def test_no_more_unknown_fields_are_kept_of_an_event_than_it_may_have() -> None:
    fields = {f"field-{number}": 1 for number in range(5_000)}
    assert len(events_in(msgspec.json.encode(fields), 1)[0].unknown) == 1_000


def test_a_number_too_long_to_be_read_is_refused_in_its_own_event() -> None:
    huge = b"9" * 5_000
    for field in (b"occurred_at", b"slot", b"rating", b"thumb"):
        (sent,) = events_in(b'[{"' + field + b'":' + huge + b"}]", 10)
        outcome = judge(sent, _BATCH, _KNOWN)
        assert isinstance(outcome, EventRejection)
        assert outcome.code == "invalid_field"
    assert _accept(unknown_field=10**399).product_ids == ("shirt-1",)


def test_an_event_that_is_no_json_is_refused_with_what_is_wrong_with_it() -> None:
    good, bad = events_in(b'[{"type":"x"},{"type":"\\ud800"}]', 10)
    assert good.readable
    outcome = judge(bad, _BATCH, _KNOWN)
    assert isinstance(outcome, EventRejection)
    assert outcome.code == "malformed"
    assert "surrogate" in outcome.detail


@pytest.mark.parametrize(
    "overrides",
    [
        {"type": "add_to_cart", "decision_id": "d-1", "slot": 2},
        {"type": "add_to_cart", "decision_id": decision_id_of(NOON, ""), "slot": 2},
        {"type": "checkout", "product_ids": ["shirt-1", "shirt-2"], "bundle_id": "b-1"},
        {"type": "category_view", "product_id": None, "category_id": "shirts"},
        {
            "type": "impression",
            "product_id": None,
            "product_ids": ["shirt-1", "shirt-2"],
            "slots": [0, 1],
            "decision_id": "d-1",
        },
        {"type": "feedback", "thumb": -1},
        {"type": "feedback", "rating": 4.5},
        {"occurred_at": (NOON + timedelta(minutes=6)).isoformat()},
        {"occurred_at": (NOON - timedelta(hours=48)).isoformat()},
        {"session_id": SESSION.upper()},
        {"unknown_field": {"deep": [1]}},
    ],
)
def test_a_good_event_of_every_kind_is_taken(overrides: dict[str, object]) -> None:
    _accept(**overrides)


def test_slots_of_an_impression_run_parallel_to_its_products() -> None:
    event = _accept(
        type="impression",
        product_id=None,
        product_ids=["shirt-2", "shirt-1"],
        slots=[4, 5],
        decision_id="d-1",
    )
    assert (event.product_ids, event.slots) == (("shirt-2", "shirt-1"), (4, 5))
