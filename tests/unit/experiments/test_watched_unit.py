"""Every metric of one unit, by hand."""

from dataclasses import replace
from datetime import timedelta

import pytest

from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import DecisionId, EventId, OrderId, ProductId, SessionId
from personalization.experiments.arm_sums import ArmSums
from personalization.experiments.metric import Metric
from personalization.experiments.seen_slate import Position
from personalization.experiments.watched_unit import (
    COUNTED_ORDERS,
    COUNTED_SLATES,
    ROW,
    WatchedUnit,
)
from tests.builders.event import an_event
from tests.builders.moments import NOON

P0, P1, P2 = (ProductId(f"p{number}") for number in range(3))
POSITIONS = {P0: Position(1, 1.0), P1: Position(2, 2.0), P2: Position(3, 6.0)}
PRICES = {P0: 10_000_000, P1: 25_000_000}


def at(
    second: int,
    kind: EventType,
    *products: ProductId,
    decision: str | None = "first",
    session: str = "session-1",
    thumb: int | None = None,
) -> Event:
    return an_event(
        event_id=EventId(f"{session}-{second}-{kind}"),
        session_id=SessionId(session),
        type=kind,
        occurred_at=NOON + timedelta(seconds=second),
        product_ids=products,
        decision_id=DecisionId(decision) if decision else None,
        thumb=thumb,
    )


def a_unit() -> WatchedUnit:
    """Return a unit that saw two slates, viewed one product of the first and bought two."""
    unit = WatchedUnit("session-1", "control", NOON)
    unit.see(at(0, EventType.IMPRESSION, P0, P1, P2), POSITIONS)
    unit.act(at(10, EventType.PRODUCT_VIEW, P1), {})
    unit.see(at(20, EventType.IMPRESSION, P0, decision="second"), POSITIONS)
    unit.act(at(50, EventType.CHECKOUT, P0, P1, decision=None), PRICES)
    return unit


@pytest.mark.parametrize(
    ("metric", "above", "below"),
    [
        (Metric.CTR, 1, 4),
        (Metric.CONVERSION, 1, 1),
        (Metric.ORDER_VALUE, 35, 1),
        (Metric.SESSION_SECONDS, 50, 1),
        (Metric.MRR, 1 / 2, 2),
        (Metric.NDCG, 0.63093, 2),
        (Metric.NOVELTY, 1 + 2 + 6 + 1, 4),
    ],
)
def test_a_metric_by_hand(metric: Metric, above: float, below: float) -> None:
    found = a_unit().ratios()[:, ROW[metric]]

    assert found == pytest.approx([above, below], abs=1e-5)


def test_what_was_clicked_twice_is_clicked_once_and_a_thumb_down_is_no_click() -> None:
    unit = a_unit()
    unit.act(at(60, EventType.PRODUCT_VIEW, P1), {})
    unit.act(at(61, EventType.FEEDBACK, P2, thumb=-1), {})

    assert list(unit.ratios()[:, ROW[Metric.CTR]]) == [1, 4]


def test_a_unit_without_an_order_has_nothing_to_average() -> None:
    unit = WatchedUnit("session-1", "control", NOON)
    unit.see(at(0, EventType.IMPRESSION, P0), POSITIONS)
    sums = ArmSums()
    sums.add(unit.ratios(), [P0])

    assert (sums.units, sums.of(Metric.ORDER_VALUE).groups) == (1, 0)
    assert sums.of(Metric.CONVERSION).groups == 1
    assert sums.of(Metric.CONVERSION).value == 0.0
    assert sums.of(Metric.ORDER_VALUE).value is None


def test_two_sessions_of_a_user_are_timed_apart() -> None:
    unit = a_unit()
    unit.act(at(1_000, EventType.PRODUCT_VIEW, P0, decision=None, session="session-2"), {})
    unit.act(at(1_030, EventType.PRODUCT_VIEW, P1, decision=None, session="session-2"), {})

    assert list(unit.ratios()[:, ROW[Metric.SESSION_SECONDS]]) == [80, 2]


def test_the_sums_of_an_arm_are_those_of_its_units() -> None:
    sums = ArmSums()
    before = sums.copy()
    sums.add(a_unit().ratios(), [P0, P1])
    sums.add(a_unit().ratios(), [P1, P2])

    found = sums.of(Metric.CTR)
    assert (found.groups, found.numerator, found.denominator) == (2, 2, 8)
    assert (found.numerator_squares, found.products, found.denominator_squares) == (2, 8, 32)
    assert sums.shown == {P0, P1, P2}
    assert (before.units, before.of(Metric.CTR).groups) == (0, 0)


def test_thousands_of_orders_and_slates_of_one_unit_count_within_limits() -> None:
    unit = WatchedUnit("session-1", "control", NOON)
    for number in range(4_000):
        unit.see(at(number, EventType.IMPRESSION, P0, decision=f"d{number}"), POSITIONS)
        unit.act(at(number, EventType.CHECKOUT, P0, decision=f"d{number}"), PRICES)
    sums = unit.ratios()
    assert tuple(sums[:, ROW[Metric.ORDER_VALUE]]) == (10 * COUNTED_ORDERS, COUNTED_ORDERS)
    assert tuple(sums[:, ROW[Metric.CTR]]) == (COUNTED_SLATES, COUNTED_SLATES)
    assert tuple(sums[:, ROW[Metric.CONVERSION]]) == (1, 1)


def test_the_value_of_an_order_is_that_of_its_lines_less_what_was_refunded() -> None:
    unit = WatchedUnit("session-1", "control", NOON)
    order = at(1, EventType.CHECKOUT, P0, P1)
    prices = (2_950_000, 100_000)
    unit.act(replace(order, quantities=(2, 1), unit_price_micros=prices), {})
    unit.act(replace(at(2, EventType.CHECKOUT, P0), quantities=(3,)), PRICES)
    assert list(unit.ratios()[:, ROW[Metric.ORDER_VALUE]]) == [36.0, 2]

    unit.act(at(3, EventType.REFUND, P0), PRICES)
    assert sum(unit.orders.values()) == 26_000_000
    unit.act(replace(at(4, EventType.REFUND, P0), quantities=(1_000,)), PRICES)
    assert sum(unit.orders.values()) == 0


def test_an_order_in_parts_that_are_sent_again_counts_once() -> None:
    unit = WatchedUnit("session-1", "control", NOON)
    for second in (1, 2):
        unit.act(replace(at(second, EventType.CHECKOUT, P0), order_id=OrderId("4711")), PRICES)
    assert list(unit.ratios()[:, ROW[Metric.ORDER_VALUE]]) == [10, 1]
    unit.act(replace(at(3, EventType.CHECKOUT, P1), order_id=OrderId("4711")), PRICES)
    assert list(unit.ratios()[:, ROW[Metric.ORDER_VALUE]]) == [35, 1]


def test_a_refund_takes_back_no_more_than_its_order_gave() -> None:
    unit = WatchedUnit("session-1", "control", NOON)
    unit.act(replace(at(1, EventType.CHECKOUT, P0), order_id=OrderId("4711")), PRICES)
    unit.act(replace(at(2, EventType.CHECKOUT, P1), order_id=OrderId("4712")), PRICES)
    refund = replace(at(3, EventType.REFUND, P0), quantities=(3,))

    unit.act(replace(refund, order_id=OrderId("of-last-year")), PRICES)
    assert list(unit.ratios()[:, ROW[Metric.ORDER_VALUE]]) == [35, 2]
    unit.act(replace(refund, order_id=OrderId("4711")), PRICES)
    assert list(unit.ratios()[:, ROW[Metric.ORDER_VALUE]]) == [25, 2]
    unit.act(replace(refund, quantities=(1,)), PRICES)
    assert list(unit.ratios()[:, ROW[Metric.ORDER_VALUE]]) == [15, 2]


def test_a_look_is_no_click() -> None:
    unit = a_unit()
    unit.act(replace(at(60, EventType.DWELL, P2), duration_ms=60_000), {})
    assert list(unit.ratios()[:, ROW[Metric.CTR]]) == [1, 4]


def test_an_order_that_only_the_page_speaks_of_is_no_conversion_and_the_servers_is_one() -> None:
    unit = a_unit()
    before = dict(unit.orders)
    order = replace(
        at(50, EventType.CHECKOUT, P0), order_id=OrderId("o"), unit_price_micros=(5_000_000,)
    )
    unit.act(replace(order, attested=False), PRICES)
    assert unit.orders == before
    server = replace(order, event_id=EventId("server's"), attested=True)
    unit.act(server, PRICES)
    unit.act(replace(server, type=EventType.REFUND, attested=False), PRICES)
    assert unit.orders == {**before, "o": 5_000_000}
