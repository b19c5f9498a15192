"""Chances of coming back, counted by hand."""

import pytest

from personalization.neighbours.return_table import NO_RETURNS, SHRINK, learn_returns


def test_chances_are_counted_by_steps_back_and_times_seen() -> None:
    table = learn_returns([("a", "b", "a", "b")])

    # Newest product: a, b, then a seen twice; none of them came next.
    assert table.chance(0, 1) == 0
    # One step back: a came back after b, and b, seen once, after the second a.
    overall = 2 / (2 + SHRINK)
    assert table.chance(1, 1) == pytest.approx((2 + SHRINK * overall) / (2 + SHRINK))
    assert table.chance(1, 2) == pytest.approx(overall)
    assert table.chance(1, 7) == table.chance(1, 3)
    assert table.chance(20, 1) == 0


def test_a_chance_is_the_share_of_times_where_there_are_many() -> None:
    table = learn_returns([("a", "b", "a"), ("a", "b", "c")] * 5_000)
    assert table.chance(1, 1) == pytest.approx(0.5, rel=0.01)


def test_without_sessions_nobody_comes_back() -> None:
    assert learn_returns([("a",)]) == NO_RETURNS
    assert NO_RETURNS.chance(0, 1) == 0
