"""Both clients against the real service."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import httpx
import pytest
from fitting_room_client import (
    UNSET,
    AddToCart,
    AuthenticationError,
    CategoriesToList,
    CategoryView,
    Checkout,
    Dwell,
    Feedback,
    FittingRoom,
    Hover,
    Impressions,
    InvalidRequestError,
    ListToRank,
    NotThereError,
    OrderLine,
    PermissionDeniedError,
    ProductEdit,
    ProductsToList,
    ProductView,
    Refund,
    RemoveFromCart,
    ScoredItem,
    ServerEvent,
    ShopCategory,
    ShopProduct,
    StockUpdate,
)
from fitting_room_client.wire import to_json

from api.state import ApiServices
from personalization.codec.json_codec import EVENT
from personalization.domain.access.api_key import AccessRole
from personalization.domain.event import Event
from personalization.ports.event_log import EventLog
from personalization.ports.topics import USER_INTERACTIONS
from tests.builders.access.known_keys import OF_ROLE, WRONG
from tests.builders.moments import NOON
from tests.builders.wire_event import OTHER_SESSION, SESSION, a_wire_event
from tests.clients.python.either_room import OpenRoom

LINE = OrderLine(product_id="shirt-1", quantity=2, unit_price=Decimal("39.50"), currency="USD")
OF_EACH_TYPE: tuple[ServerEvent, ...] = (
    ProductView(session_id=SESSION, occurred_at=NOON, product_id="shirt-1", user_id="ann"),
    CategoryView(session_id=SESSION, occurred_at=NOON, category_id="shirts", device="mobile"),
    AddToCart(session_id=SESSION, occurred_at=NOON, product_id="shirt-1", quantity=2),
    RemoveFromCart(session_id=SESSION, occurred_at=NOON, product_id="shirt-1", quantity=1),
    Checkout(session_id=SESSION, occurred_at=NOON, order_id="4711", lines=(LINE,)),
    Refund(session_id=SESSION, occurred_at=NOON, order_id="4711", lines=(LINE,)),
    Feedback(session_id=SESSION, occurred_at=NOON, product_id="shirt-1", rating=4.5),
    Dwell(session_id=SESSION, occurred_at=NOON, product_id="shirt-1", duration_ms=1500),
    Hover(session_id=SESSION, occurred_at=NOON, product_id="shirt-1", duration_ms=300),
)


def events_in(log: EventLog) -> list[Event]:
    consumer = log.consumer(
        "test", [USER_INTERACTIONS], range(log.partition_count(USER_INTERACTIONS))
    )
    try:
        records = consumer.poll(100, 1.0)
    finally:
        consumer.close()
    return [EVENT.decode(record.value) for record in records]


def test_events_of_each_type_are_taken_as_they_are(room: FittingRoom, log: EventLog) -> None:
    verdicts = room.send_events(OF_EACH_TYPE)

    assert [given.event_id for given in verdicts] == [event.event_id for event in OF_EACH_TYPE]
    assert [(given.verdict, given.code, given.warnings) for given in verdicts] == [
        ("accepted", "ok", ())
    ] * len(OF_EACH_TYPE)
    sent_types = [json.loads(to_json(event))["type"] for event in OF_EACH_TYPE]
    assert sorted(kept.type for kept in events_in(log)) == sorted(sent_types)


def test_a_ranked_list_is_reported_as_it_was_shown(room: FittingRoom) -> None:
    room.send_events([OF_EACH_TYPE[0]])
    wanted = ListToRank(
        session_id=SESSION,
        items=(ScoredItem("shirt-1", 2.0), ScoredItem("shirt-2", 9.0), ScoredItem("gone", 1.0)),
        score_share=0.9,
        device="desktop",
    )

    ranked = room.rank(wanted)

    assert sorted(item.product_id for item in ranked.items) == ["shirt-1", "shirt-2"]
    assert [item.slot for item in ranked.items] == sorted(item.slot for item in ranked.items)
    assert ranked.unknown == ("gone",)
    assert ranked.recorded
    seen = Impressions(
        session_id=SESSION,
        occurred_at=NOON,
        decision_id=ranked.decision_id,
        product_ids=tuple(item.product_id for item in ranked.items),
        slots=tuple(item.slot for item in ranked.items),
    )
    tokens = [ranked.decision_token] if ranked.decision_token else []
    (verdict,) = room.send_events([seen], decision_tokens=tokens)
    assert (verdict.verdict, verdict.warnings) == ("accepted", ())


def test_a_list_of_a_visit_of_the_page_needs_the_pages_token(
    room: FittingRoom, address: str
) -> None:
    begun = httpx.post(f"{address}/v1/track", json=a_wire_event()).raise_for_status().json()
    wanted = ListToRank(session_id=SESSION, product_ids=("shirt-1", "shirt-2"))

    with pytest.raises(AuthenticationError):
        room.rank(wanted)
    ranked = room.rank(wanted, session_token=begun["session_token"])

    assert len(ranked.items) == 2
    assert ranked.decision_token is None


def test_no_cookie_of_one_visit_goes_with_the_call_of_another(room: FittingRoom) -> None:
    for number in range(3):
        session = str(UUID(int=number + 7))
        assert room.rank(ListToRank(session_id=session, product_ids=("shirt-1",))).items


def test_a_rejected_event_is_a_verdict_and_costs_no_other(
    open_room: OpenRoom, address: str
) -> None:
    room = open_room(address, events_of_a_call=2)
    view = OF_EACH_TYPE[0]
    events = [
        replace(view, session_id="odd"),
        replace(view, session_id="odd"),
        replace(view, event_id="a", session_id=OTHER_SESSION),
        replace(view, event_id="a", session_id=OTHER_SESSION),
        replace(view, event_id="b", occurred_at=NOON - timedelta(days=9)),
    ]

    verdicts = room.send_events(iter(events))

    words = [(given.verdict, given.code) for given in verdicts]
    assert [word for word, _ in words] == [
        "rejected", "rejected", "accepted", "duplicate", "rejected",
    ]  # fmt: skip
    assert words[-1][1] == "too_old"
    assert all(given.detail for given in verdicts if given.is_rejected)
    assert room.send_events([]) == []


def test_the_catalogue_is_written_and_read(room: FittingRoom) -> None:
    (made,) = room.put_categories([ShopCategory(id="caps", name="Caps")])
    cap = ShopProduct(id="a/cap", title="Cap", category_id="caps", price=12.5, currency="EUR")
    sock = ShopProduct(id="sock", title="Sock", price=3, currency="EUR")
    written = room.put_products([cap, sock, replace(cap, id="cap-2", tags=("red", "wool"))])

    assert (made.verdict, made.id) == ("created", "caps")
    assert [(given.line, given.verdict) for given in written] == [
        (1, "created"), (2, "rejected"), (3, "created"),
    ]  # fmt: skip
    assert written[1].errors[0].code
    (stock,) = room.write_stock([StockUpdate(id="a/cap", stock=4, price=9.75)])
    assert stock.is_written
    edited = room.edit_product("a/cap", ProductEdit(material="wool", stock=None))
    assert edited.verdict == "updated"
    read = room.read_product("a/cap")
    assert (read.title, read.price, read.stock, read.material) == ("Cap", 9.75, None, "wool")
    assert room.read_product("cap-2").tags == ("red", "wool")
    assert room.retire_product("a/cap").verdict == "retired"
    page = room.list_products(ProductsToList(category_id="caps", retired=False, limit=1))
    assert [product.id for product in page.products] == ["cap-2"]
    assert room.read_product("a/cap").retired_at is not None
    tree = room.list_categories(CategoriesToList(limit=1))
    assert (tree.categories[0].path, tree.next is not None) == (("Caps",), True)
    assert len(room.list_categories().categories) == 2


def test_what_is_wrong_with_a_call_is_an_error_with_its_fields(room: FittingRoom) -> None:
    with pytest.raises(NotThereError) as missing:
        room.read_product("nothing")
    with pytest.raises(InvalidRequestError) as odd:
        room.rank(ListToRank(session_id=SESSION, product_ids=("a",), market="Atlantis"))

    assert (missing.value.status, missing.value.type) == (404, "/problems/unknown-product")
    assert "nothing" in missing.value.detail
    assert odd.value.status == 422
    assert odd.value.type == "/problems/wrong-shape"
    assert [field.pointer for field in odd.value.fields] == ["market"]


def test_a_key_that_does_not_hold_or_may_not_is_said(open_room: OpenRoom, address: str) -> None:
    viewer = open_room(address, OF_ROLE[AccessRole.VIEWER])

    with pytest.raises(AuthenticationError):
        open_room(address, WRONG).read_product("shirt-1")
    assert viewer.read_product("shirt-1").title
    with pytest.raises(PermissionDeniedError) as refused:
        viewer.write_stock([StockUpdate(id="shirt-1", stock=1)])
    assert "catalogue:write" in refused.value.detail


def test_an_erasure_begins_and_its_receipt_is_read(
    room: FittingRoom, services: ApiServices
) -> None:
    room.send_events([OF_EACH_TYPE[0]])

    (request_id,) = room.erase(session_ids=[SESSION])
    proof = room.read_receipt(request_id)

    assert (proof.report.request_id, proof.report.state) == (request_id, "waiting")
    assert proof.report.sessions == 1
    assert services.erasures.signer.verify(proof.text) is not None
    with pytest.raises(ValueError, match="nobody is erased"):
        room.erase()


def test_null_says_that_nobody_is_logged_in_and_unset_says_nothing(room: FittingRoom) -> None:
    view = OF_EACH_TYPE[0]
    room.send_events([replace(view, event_id="l", occurred_at=NOON - timedelta(minutes=1))])

    (nobody,) = room.send_events([replace(view, event_id="n", user_id=None)])
    (silent,) = room.send_events([replace(view, event_id="s", user_id=UNSET)])

    assert nobody.code == "other_user"
    assert silent.verdict == "accepted"
