"""What dwell, removals and refunds are worth to the impression they belong to."""

from dataclasses import replace

from personalization.domain.event import EventType
from personalization.domain.identifiers import EventId
from personalization.domain.outcome_rules import Attribution
from tests.builders.event import an_event
from tests.unit.learning.test_corrections import (
    DECISIONS,
    PRODUCTS,
    RULES,
    impression,
    interaction,
    outcomes,
)


def test_a_removal_takes_back_what_the_cart_gave_and_no_more() -> None:
    cart = (10, interaction("cart", EventType.ADD_TO_CART))
    removal = an_event(
        event_id=EventId("out"), type=EventType.REMOVE_FROM_CART, product_ids=PRODUCTS[:1]
    )

    assert outcomes((0, impression()), cart, (20, removal)) == [(0.0, None)]
    named = replace(removal, decision_id=DECISIONS[0])
    assert outcomes((0, impression()), (10, named), (20, named)) == [(0.0, None)]
    click = (5, interaction("click", EventType.PRODUCT_VIEW))
    assert outcomes((0, impression()), click, cart, (20, removal)) == [(0.2, None)]


def test_a_removal_of_some_pieces_takes_nothing_back_until_none_is_left() -> None:
    three = (10, interaction("cart", EventType.ADD_TO_CART, quantities=(3,)))
    two, one = (
        an_event(
            event_id=EventId(f"{pieces}-out"),
            type=EventType.REMOVE_FROM_CART,
            product_ids=PRODUCTS[:1],
            quantities=(pieces,),
        )
        for pieces in (2, 1)
    )
    more = an_event(event_id=EventId("more"), type=EventType.ADD_TO_CART, product_ids=PRODUCTS[:1])

    assert outcomes((0, impression()), three, (20, two)) == [(0.6, None)]
    assert outcomes((0, impression()), three, (20, two), (30, one)) == [(0.0, None)]
    added = (three, (15, more), (20, two), (30, one))
    assert outcomes((0, impression()), *added) == [(0.6, None)]
    whole = replace(two, quantities=())
    assert outcomes((0, impression()), *added, (40, whole)) == [(0.6, None)]
    whole = replace(whole, event_id=EventId("whole"))
    assert outcomes((0, impression()), *added, (40, whole)) == [(0.0, None)]


def test_a_refund_within_the_time_of_corrections_takes_the_checkout_back() -> None:
    buy = (10, interaction("buy", EventType.CHECKOUT))
    refund = (1_500, interaction("refund", EventType.REFUND))

    assert outcomes((0, impression()), buy, refund) == [(1.0, None), (0.0, 1.0)]


def test_of_an_order_the_pieces_that_are_not_paid_back_are_worth_it() -> None:
    buy = (10, interaction("buy", EventType.CHECKOUT, quantities=(3,)))
    refunds = [
        (at_ms, interaction(f"refund-{at_ms}", EventType.REFUND, quantities=(pieces,)))
        for at_ms, pieces in ((1_500, 1), (1_600, 2))
    ]

    assert outcomes((0, impression()), buy, refunds[0]) == [(1.0, None)]
    assert outcomes((0, impression()), buy, *refunds) == [(1.0, None), (0.0, 1.0)]


def test_looks_are_worth_half_a_view_at_most_however_many_are_sent() -> None:
    looks = [
        (number + 1, interaction(f"look-{number}", EventType.DWELL, duration_ms=60_000))
        for number in range(5)
    ]

    assert outcomes((0, impression()), looks[0]) == [(0.1, None)]
    assert outcomes((0, impression()), *looks) == [(0.1, None)]
    earliest = replace(RULES, attribution=Attribution.EARLIEST)
    click = (500, interaction("click", EventType.PRODUCT_VIEW))
    assert outcomes((0, impression()), *looks, click, rules=earliest) == [(0.2, None)]
