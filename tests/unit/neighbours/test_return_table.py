"""Chances of coming back, counted by hand."""

import pytest

from personalization.domain.event import EventType
from personalization.neighbours.past_session import Act, PastSession, steps
from personalization.neighbours.return_table import NO_RETURNS, SHRINK, ReturnTable, learn_returns


def test_chances_are_counted_by_steps_back_and_times_seen() -> None:
    table = learn_returns([PastSession(1, ("a", "b", "a", "b"))])

    # Newest product: a, b, then a seen twice; none of them came next.
    assert table.chance(0, 1) == 0
    # One step back: a came back after b, and b, seen once, after the second a.
    overall = 2 / (2 + SHRINK)
    assert table.chance(1, 1) == pytest.approx((2 + SHRINK * overall) / (2 + SHRINK))
    assert table.chance(1, 2) == pytest.approx(overall)
    assert table.chance(1, 7) == table.chance(1, 3)
    assert table.chance(20, 1) == 0


def test_a_chance_is_the_share_of_times_where_there_are_many() -> None:
    table = learn_returns(
        [PastSession(1, ("a", "b", "a")), PastSession(1, ("a", "b", "c"))] * 5_000
    )
    assert table.chance(1, 1) == pytest.approx(0.5, rel=0.01)


def test_without_sessions_nobody_comes_back() -> None:
    assert learn_returns([PastSession(1, ("a",))]) == NO_RETURNS
    assert NO_RETURNS.chance(0, 1) == 0


CART, BOUGHT, DWELL = EventType.ADD_TO_CART, EventType.CHECKOUT, EventType.DWELL


def test_what_is_in_the_cart_has_chances_of_its_own() -> None:
    # What is put into the cart is viewed once more, what is only viewed is not.
    carted = PastSession(1, ("a", "a", "b"), [Act(1, "a", CART)])
    table = learn_returns([carted, PastSession(2, ("a", "b", "c"))] * 5_000)
    assert table.chance(0, 1, CART) > 0.95
    assert table.chance(0, 1) < 0.05
    assert table.chance(0, 1, EventType.PRODUCT_VIEW) == table.chance(0, 1)


def test_chances_of_a_rare_type_are_close_to_those_of_all() -> None:
    sessions = [PastSession(1, ("a", "b", "c"))] * 1_000
    table = learn_returns([*sessions, PastSession(2, ("a", "a"), [Act(1, "a", BOUGHT)])])
    of_all = table.chances[0][0]
    assert table.chance(0, 1, BOUGHT) == pytest.approx((1 + SHRINK * of_all) / (1 + SHRINK))
    # A type that no session had has none of its own.
    assert table.chance(0, 1, CART) == of_all


@pytest.mark.parametrize(
    ("acts", "type_"),
    [
        ([Act(1, "a", CART)], CART),
        ([Act(1, "a", CART), Act(1, "a", EventType.REMOVE_FROM_CART)], EventType.PRODUCT_VIEW),
        ([Act(1, "a", BOUGHT), Act(1, "a", EventType.REMOVE_FROM_CART)], BOUGHT),
        ([Act(1, "a", DWELL)], DWELL),
        ([Act(1, "a", CART), Act(1, "a", DWELL)], CART),
        ([Act(1, "a", DWELL), Act(1, "a", CART)], CART),
        # What is viewed again is viewed.
        ([Act(0, "a", CART)], EventType.PRODUCT_VIEW),
    ],
)
def test_a_product_has_the_type_of_its_newest_interaction(
    acts: list[Act], type_: EventType
) -> None:
    step = next(steps(PastSession(1, ("a", "b"), acts)))
    assert step.types.get("a", EventType.PRODUCT_VIEW) is type_
    assert step.next == "b"


def test_what_was_taken_without_a_view_is_the_newest_product() -> None:
    step = next(steps(PastSession(1, ("a", "b"), [Act(1, "c", CART)])))
    assert list(step.views.items()) == [("a", 1), ("c", 0)]


def test_views_alone_need_no_table_by_type() -> None:
    table = learn_returns([PastSession(1, ("a", "b", "a"))] * 100)
    assert table == ReturnTable(table.chances)
