"""Builds what the examples of docs/analysts.md ask about: three sessions on two days."""

from collections.abc import Sequence
from datetime import date, timedelta

from personalization.domain.decision import Slot
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import CategoryId, GenerationId, ProductId
from personalization.domain.prior import PriorTable, RankedMember
from personalization.domain.product import Category
from personalization.ports.decision_history import DecisionRecord
from tests.builders.decision import a_decision
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.product import a_product
from tests.builders.profile import a_profile

GENERATION = GenerationId("generation-1")
CATEGORIES = [
    Category(category_id=CategoryId(category), name=category.title())
    for category in ("hats", "shirts")
]
PRODUCTS = [
    a_product(product_id="shirt-1"),
    a_product(product_id="shirt-2", title="White linen shirt"),
    a_product(product_id="shirt-3", title="Green linen shirt"),
    a_product(
        product_id="hat-1", title="Straw hat", category_id="hats", listed_on=date(2025, 5, 1)
    ),
]
LISTS = {
    (PriorTable.POPULAR_PRODUCTS, "global"): (
        RankedMember("shirt-2", 1.0, 8.0, 8),
        RankedMember("shirt-1", 0.5, 4.0, 4),
    ),
    (PriorTable.POPULAR_PRODUCTS, "region:pl"): (RankedMember("shirt-1", 1.0, 3.0, 3),),
}
_NOON = NOON.replace(microsecond=0)


def _event(event_id: str, seconds: int, kind: EventType, *products: str, **more: object) -> Event:
    of_first = {"session_id": "s1", "region": "pl", "category_id": None}
    at = _NOON + timedelta(seconds=seconds)
    return an_event(
        event_id=event_id,
        type=kind,
        occurred_at=at,
        received_at=at,
        product_ids=products,
        **{**of_first, **more},
    )


def _by_second(
    event_id: str, seconds: int, kind: EventType, *products: str, **more: object
) -> Event:
    return _event(event_id, seconds, kind, *products, session_id="s2", region="de", **more)


_DAY = 86_400
_SEEN = EventType.IMPRESSION
_FROM_SLOT_1 = {"decision_id": "d1", "slots": (1,)}
EVENTS: Sequence[Event] = [
    _event("e1", 0, _SEEN, "shirt-1", "shirt-2", "shirt-3", decision_id="d1", slots=(0, 1, 2)),
    _event("e2", 5, EventType.PRODUCT_VIEW, "shirt-2", **_FROM_SLOT_1),
    _event("e3", 30, EventType.ADD_TO_CART, "shirt-2", **_FROM_SLOT_1),
    _event("e4", 60, EventType.CHECKOUT, "shirt-2", "hat-1"),
    _event("e5", 120, EventType.FEEDBACK, "shirt-2", rating=5.0),
    _by_second("e6", 0, _SEEN, "shirt-2", "shirt-1", decision_id="d2", slots=(0, 1)),
    _by_second("e7", 10, EventType.PRODUCT_VIEW, "shirt-2", decision_id="d2", slots=(0,)),
    _by_second("e8", 20, EventType.CATEGORY_VIEW, category_id="shirts"),
    _by_second("e9", 180, EventType.FEEDBACK, "shirt-2", rating=2.0),
    _event("e10", -_DAY, EventType.PRODUCT_VIEW, "shirt-1", session_id="s3"),
    _event("e11", 9 - _DAY, EventType.ADD_TO_CART, "shirt-1", session_id="s3"),
]


def _record(
    decision_id: str, session_id: str, seconds: int, version: int, *slate: Slot
) -> DecisionRecord:
    at = _NOON + timedelta(seconds=seconds)
    who = {"decision_id": decision_id, "session_id": session_id, "slate": slate}
    return DecisionRecord(
        a_decision(decided_at=at, **who), a_profile(created_at=at, version=version, **who)
    )


RECORDS = [
    _record(
        *("d1", "s1", -1, 1),
        Slot(position=0, product_id=ProductId("shirt-1"), propensity=0.5, explored=False),
        Slot(position=1, product_id=ProductId("shirt-2"), propensity=0.25, explored=True),
        Slot(position=2, product_id=ProductId("shirt-3"), propensity=0.75, explored=False),
    ),
    _record(
        *("d2", "s2", -1, 1),
        Slot(position=0, product_id=ProductId("shirt-2"), propensity=0.8, explored=False),
        Slot(position=1, product_id=ProductId("shirt-1"), propensity=0.5, explored=False),
    ),
    _record(
        *("d3", "s1", 120, 2),
        Slot(position=0, product_id=ProductId("hat-1"), propensity=0.75, explored=False),
    ),
]
