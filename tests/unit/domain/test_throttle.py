"""What is done at most once per period."""

import pytest

from personalization.domain.clock import Throttle


@pytest.fixture
def moments(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return a list that holds the moment of now."""
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


def test_it_is_due_once_per_period(moments: list[float]) -> None:
    every_two = Throttle(2.0)
    assert every_two.due()
    assert not every_two.due()
    moments[0] += 1.9
    assert not every_two.due()
    moments[0] += 0.1
    assert every_two.due()


def test_it_says_how_long_it_is_until_then(moments: list[float]) -> None:
    every_two = Throttle(2.0)
    assert every_two.remaining_seconds() == 0
    every_two.due()
    moments[0] += 0.5
    assert every_two.remaining_seconds() == 1.5
    moments[0] += 5
    assert every_two.remaining_seconds() == 0


def test_the_first_period_may_begin_now(moments: list[float]) -> None:
    every_two = Throttle(2.0, due_at_once=False)
    assert not every_two.due()
    moments[0] += 2
    assert every_two.due()


def test_an_endless_period_is_never_due(moments: list[float]) -> None:
    never = Throttle(float("inf"), due_at_once=False)
    moments[0] += 1e9
    assert not never.due()
