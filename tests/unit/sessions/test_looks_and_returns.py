"""What dwell, hover, removals and refunds make of a session's evidence."""

import json
from dataclasses import replace
from datetime import timedelta

from personalization.codec.json_codec import SESSION
from personalization.domain.decision import Evidence
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import CategoryId, EventId, ProductId, UserId
from personalization.domain.product import Product
from personalization.domain.session import ATTENTION_LIMIT, Counted, Session
from personalization.domain.tuning import DEFAULT_TUNING
from personalization.ranking.blend import WeighedEvidence
from personalization.ranking.evidence import evidence_of
from personalization.sessions.counting import take
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.product import a_product

_PRODUCTS = {
    ProductId(name): a_product(product_id=ProductId(name), title=name)
    for name in ("a", "b", "c", *(f"p{number}" for number in range(40)))
}


class _Catalogue:
    def products(self, wanted: object) -> dict[ProductId, Product]:
        del wanted
        return _PRODUCTS

    def category_name(self, category_id: CategoryId) -> str:
        return category_id


def _event(number: int, kind: EventType, *products: str, **more: object) -> Event:
    return an_event(
        event_id=EventId(f"event-{number}"),
        type=kind,
        occurred_at=NOON + timedelta(seconds=number),
        product_ids=tuple(map(ProductId, products)),
        **more,
    )


def _count(*events: Event) -> Session:
    session = Session.start(events[0])
    for event in events:
        session, judged = take(session, event, _PRODUCTS)
        assert judged is Counted.COUNTED
    return session


def _evidence(session: Session) -> list[Evidence]:
    return list(evidence_of(session, _Catalogue(), NOON, 0.0))


def _facts(session: Session) -> list[tuple[str, str, float, int]]:
    return [(of.type.value, of.subject, of.reward, of.age) for of in _evidence(session)]


CART = _event(2, EventType.ADD_TO_CART, "a")


def test_what_is_taken_out_of_the_cart_is_no_evidence_of_it_any_more() -> None:
    view, removal = (
        _event(1, EventType.PRODUCT_VIEW, "a"),
        _event(3, EventType.REMOVE_FROM_CART, "a"),
    )
    other = _event(4, EventType.ADD_TO_CART, "b")

    for order in ((view, CART, removal, other), (view, removal, CART, other)):
        assert _facts(_count(*order)) == [
            ("add_to_cart", "b", 3.0, 0),
            ("product_view", "a", 1.0, 1),
        ]
    again = _event(5, EventType.ADD_TO_CART, "a")
    assert _facts(_count(view, CART, removal, again))[0] == ("add_to_cart", "a", 3.0, 0)


def test_a_removal_of_some_pieces_leaves_the_others_in_the_cart() -> None:
    three = _event(1, EventType.ADD_TO_CART, "a", quantities=(3,))
    one_less = [
        _event(number, EventType.REMOVE_FROM_CART, "a", quantities=(1,)) for number in (2, 3, 4)
    ]

    assert _facts(_count(three, *one_less[:2])) == [("add_to_cart", "a", 3.0, 0)]
    assert _facts(_count(three, *one_less)) == []
    assert _facts(_count(three, _event(2, EventType.REMOVE_FROM_CART, "a"))) == []
    assert _facts(_count(three, _event(2, EventType.REMOVE_FROM_CART, "b", quantities=(3,)))) != []


def test_pieces_are_taken_from_what_was_put_in_last_and_are_never_owed() -> None:
    first, second = CART, _event(3, EventType.ADD_TO_CART, "a", quantities=(2,))
    two_less = _event(4, EventType.REMOVE_FROM_CART, "a", quantities=(2,))
    many_less = _event(4, EventType.REMOVE_FROM_CART, "a", quantities=(9,))
    again = _event(5, EventType.ADD_TO_CART, "a")

    for order in ((first, second, two_less), (two_less, second, first)):
        assert [piece.event_id for piece in _evidence(_count(*order))] == ["event-2"]
    (left,) = _evidence(_count(first, second, many_less, again))
    assert left.event_id == "event-5"


def test_a_session_of_a_former_release_goes_on_by_its_rule() -> None:
    three = _event(1, EventType.ADD_TO_CART, "a", quantities=(3,))
    state = json.loads(SESSION.encode(_count(three)))
    assert state.pop("by_pieces") is True
    for entry in state["recent"]:
        del entry["quantity"]
    former = SESSION.decode(json.dumps(state))

    one_less = _event(2, EventType.REMOVE_FROM_CART, "a", quantities=(1,))
    after, _ = take(former, one_less, _PRODUCTS)

    assert after.in_force() == ()
    assert not after.takes_pieces_back


def test_of_a_refund_of_some_pieces_the_others_stay_bought() -> None:
    bought = _event(1, EventType.CHECKOUT, "a", "b", quantities=(3, 1))
    refund = _event(2, EventType.REFUND, "a", "b", quantities=(2, 1))
    assert _facts(_count(bought, refund)) == [("checkout", "a", 5.0, 0)]


def test_of_an_order_the_refunded_lines_alone_are_taken_back() -> None:
    bought = _event(1, EventType.CHECKOUT, "a", "b")
    refund = _event(2, EventType.REFUND, "b")
    assert _facts(_count(bought, refund)) == [("checkout", "a", 5.0, 0)]


def test_looks_are_worth_less_than_a_view_however_many_there_are() -> None:
    looks = [_event(number, EventType.DWELL, "a", duration_ms=60_000) for number in range(1, 200)]
    (found,) = _evidence(_count(*looks))
    assert (found.type, found.reward) == (EventType.DWELL, 0.5)
    assert WeighedEvidence.of((found,), DEFAULT_TUNING).amount == 0.5
    assert found.event_id == "event-199"

    halves = [_event(number, EventType.HOVER, "b", duration_ms=600) for number in (1, 2)]
    (hover,) = _evidence(_count(*halves))
    assert round(hover.reward, 9) == 0.04


def test_looks_neither_age_interactions_nor_push_them_out_nor_count_as_such() -> None:
    views = [_event(number, EventType.PRODUCT_VIEW, f"p{number}") for number in range(20)]
    looks = [
        _event(100 + number, EventType.HOVER, f"p{number % 40}", duration_ms=3_000)
        for number in range(300)
    ]
    session = _count(*views, *looks)

    assert session.interaction_count == 20
    assert len(session.attention) == ATTENTION_LIMIT
    assert len(session.recent) == 20
    evidence = _evidence(session)
    acts = [piece for piece in evidence if piece.type.is_interaction]
    assert [piece.age for piece in acts] == list(range(20))
    assert len(evidence) == 20 + ATTENTION_LIMIT
    looks_alone = tuple(piece for piece in evidence if piece.type.is_attention)
    assert WeighedEvidence.of(looks_alone, DEFAULT_TUNING).amount <= 1.0 + 1e-9


def test_known_lines_of_an_order_count_where_the_catalogue_lacks_others() -> None:
    assert _facts(_count(_event(1, EventType.CHECKOUT, "a", "gone", "b"))) == [
        ("checkout", "a", 5.0, 0),
        ("checkout", "b", 5.0, 0),
    ]


def test_an_event_of_another_user_is_left_out_of_the_session() -> None:
    ann, bob = UserId("ann"), UserId("bob")
    session = _count(_event(1, EventType.PRODUCT_VIEW, "a"), replace(CART, user_id=ann))
    after, judged = take(session, _event(3, EventType.CHECKOUT, "b", user_id=bob), _PRODUCTS)
    assert (after, judged) == (session, Counted.OTHER_USER)
    assert session.user_id == ann
    _, nameless = take(session, _event(4, EventType.CHECKOUT, "b"), _PRODUCTS)
    assert nameless is Counted.COUNTED
