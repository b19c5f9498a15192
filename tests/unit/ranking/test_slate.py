"""The slate's draws keep to their propensities."""

from collections import Counter

import pytest

from personalization.domain.decision import Action
from personalization.domain.identifiers import ProductId
from personalization.ranking.slate import draw_slate
from tests.builders.decision import a_decision

DRAWS = 20_000
EPSILON = 0.2


def actions(count: int) -> list[Action]:
    one = a_decision().actions[0]
    return [one._replace(product_id=ProductId(f"p{index}")) for index in range(count)]


def test_without_exploration_the_slate_is_the_ranking() -> None:
    slate = draw_slate(actions(5), size=3, epsilon=0.0, seed=1)

    assert [one.product_id for one in slate] == ["p0", "p1", "p2"]
    assert all(one.propensity == 1.0 and not one.explored for one in slate)


def test_a_slate_never_shows_a_product_twice_and_ends_with_the_set() -> None:
    slate = draw_slate(actions(4), size=10, epsilon=1.0, seed=3)

    assert sorted(one.product_id for one in slate) == ["p0", "p1", "p2", "p3"]
    assert slate[-1].propensity == pytest.approx(1.0)


def test_the_same_seed_draws_the_same_slate() -> None:
    assert draw_slate(actions(9), 6, EPSILON, 5) == draw_slate(actions(9), 6, EPSILON, 5)


def test_each_position_is_drawn_as_often_as_its_propensity_says() -> None:
    shown: Counter[tuple[int, str]] = Counter()
    expected: Counter[tuple[int, str]] = Counter()
    for seed in range(DRAWS):
        slate = draw_slate(actions(5), size=2, epsilon=EPSILON, seed=seed)
        shown.update((one.position, str(one.product_id)) for one in slate)
        first = slate[0].product_id
        remaining = [f"p{index}" for index in range(5) if f"p{index}" != first]
        for index, product in enumerate(remaining):
            expected[1, product] += EPSILON / 4 + (0.8 if index == 0 else 0.0)  # type: ignore[assignment]
    assert shown[0, "p0"] / DRAWS == pytest.approx(0.84, abs=0.01)
    assert shown[0, "p4"] / DRAWS == pytest.approx(0.04, abs=0.006)
    for product in (f"p{index}" for index in range(5)):
        assert shown[1, product] == pytest.approx(expected[1, product], abs=0.02 * DRAWS)


def test_inverse_propensity_weighting_recovers_a_uniform_policy() -> None:
    """The mean of 1[shown = a] / propensity is 1 for every action, if propensities are true."""
    weights: Counter[str] = Counter()
    for seed in range(DRAWS):
        slot = draw_slate(actions(4), size=1, epsilon=EPSILON, seed=seed)[0]
        weights[str(slot.product_id)] += 1 / slot.propensity  # type: ignore[assignment]
    for product in ("p0", "p1", "p2", "p3"):
        assert weights[product] / DRAWS == pytest.approx(1.0, abs=0.12)
