"""The slate's draws keep to their propensities."""

from collections import Counter
from dataclasses import replace

import pytest

from personalization.domain.decision import Action
from personalization.domain.draw import Draw, Kernel
from personalization.domain.identifiers import ProductId
from personalization.policies.draws import draw_slate
from tests.builders.decision import a_decision

DRAWS = 20_000
EPSILON = 0.2
GREEDY = Draw(policy="epsilon-greedy", policy_version="1", size=2, epsilon=EPSILON)
RULES = [
    GREEDY,
    replace(GREEDY, kernel=Kernel.SOFTMAX, inverse_temperature=2.0, epsilon=0.1),
    replace(GREEDY, kernel=Kernel.SQUARECB, gamma=10.0, epsilon=0.0),
    replace(GREEDY, ballots=((0, 1, 2), (2, 0, 1), (2, 1, 0), (3,)), epsilon=0.05),
]


def actions(count: int) -> list[Action]:
    action = a_decision().actions[0]
    return [
        action._replace(product_id=ProductId(f"p{index}"), score=1.0 - index / count)
        for index in range(count)
    ]


def test_without_exploration_the_slate_is_the_ranking() -> None:
    slate = draw_slate(actions(5), [replace(GREEDY, size=3, epsilon=0.0)], seed=1)

    assert [slot.product_id for slot in slate] == ["p0", "p1", "p2"]
    assert all(slot.propensity == 1.0 and not slot.explored for slot in slate)


def test_a_slate_never_shows_a_product_twice_and_ends_with_the_set() -> None:
    slate = draw_slate(actions(4), [replace(GREEDY, size=10, epsilon=1.0)], seed=3)

    assert sorted(slot.product_id for slot in slate) == ["p0", "p1", "p2", "p3"]
    assert slate[-1].propensity == pytest.approx(1.0)


def test_the_same_seed_draws_the_same_slate() -> None:
    assert draw_slate(actions(9), RULES, 5) == draw_slate(actions(9), RULES, 5)


@pytest.mark.parametrize("epsilon", [0.0, 0.05, 0.2, 1.0])
def test_greed_draws_as_one_ballot_in_the_order_of_the_scores(epsilon: float) -> None:
    greedy = replace(GREEDY, size=4, epsilon=epsilon)
    voting = replace(greedy, ballots=((0, 1, 2, 3, 4),))

    for seed in range(500):
        assert draw_slate(actions(5), [greedy], seed) == draw_slate(actions(5), [voting], seed)


@pytest.mark.parametrize("draw", RULES, ids=lambda draw: draw.kernel.value)
def test_each_position_is_drawn_as_often_as_its_distribution_says(draw: Draw) -> None:
    shown: Counter[tuple[int, str]] = Counter()
    expected: Counter[tuple[int, str]] = Counter()
    decision = a_decision(actions=tuple(actions(5)), draws=(draw,))
    for seed in range(DRAWS):
        slate = draw_slate(actions(5), (draw,), seed)
        drawn = replace(decision, slate=slate)
        for slot in slate:
            shown[slot.position, str(slot.product_id)] += 1
            remaining, said = drawn.remaining_at(slot), drawn.distribution_at(slot)
            assert sum(said) == pytest.approx(1.0)
            for index, probability in zip(remaining, said, strict=True):
                expected[slot.position, f"p{index}"] += probability  # type: ignore[assignment]
                if slot.product_id == f"p{index}":
                    assert slot.propensity == probability
    for place, count in expected.items():
        assert shown[place] == pytest.approx(count, abs=0.015 * DRAWS)


def test_inverse_propensity_weighting_recovers_a_uniform_policy() -> None:
    """The mean of 1[shown = a] / propensity is 1 for every action, if propensities are true."""
    weights: Counter[str] = Counter()
    for seed in range(DRAWS):
        slot = draw_slate(actions(4), [GREEDY], seed)[0]
        weights[str(slot.product_id)] += 1 / slot.propensity  # type: ignore[assignment]
    for product in ("p0", "p1", "p2", "p3"):
        assert weights[product] / DRAWS == pytest.approx(1.0, abs=0.12)


def test_the_numbers_of_every_rule_worked_out_by_hand() -> None:
    scores, remaining = [1.0, 0.5, 0.0], [0, 1, 2]
    softmax, squarecb, ballots = RULES[1:]

    assert replace(softmax, epsilon=0.0).probabilities(scores, remaining) == pytest.approx(
        [0.66524096, 0.24472847, 0.09003057]
    )
    assert squarecb.probabilities(scores, remaining) == pytest.approx(
        [1 - 1 / 8 - 1 / 13, 1 / 8, 1 / 13]
    )
    # Of the four members two vote for 2, one for 0; what the fourth wants is not there.
    assert replace(ballots, epsilon=0.3).probabilities(scores, remaining) == pytest.approx(
        [0.7 * 0.5 + 0.1, 0.1, 0.7 * 0.5 + 0.1]
    )


def test_placements_are_drawn_one_after_another_and_share_no_product() -> None:
    aside = replace(GREEDY, placement="aside", size=3, epsilon=0.0)

    slate = draw_slate(actions(9), (replace(GREEDY, epsilon=0.0), aside), 1)

    assert [(slot.placement, slot.position, slot.product_id) for slot in slate] == [
        ("home", 0, "p0"),
        ("home", 1, "p1"),
        ("aside", 0, "p2"),
        ("aside", 1, "p3"),
        ("aside", 2, "p4"),
    ]


def test_a_pinned_product_has_its_place_for_certain_and_is_drawn_nowhere_else() -> None:
    draws = (replace(GREEDY, size=3, epsilon=0.0),)
    pins = {("home", 1): ProductId("p0")}
    decision = a_decision(
        actions=tuple(actions(5)), draws=draws, slate=draw_slate(actions(5), draws, 1, pins)
    )

    first, pinned, last = decision.slate
    assert (first.product_id, pinned.product_id, last.product_id) == ("p1", "p0", "p2")
    assert (pinned.pinned, pinned.propensity, pinned.explored) == (True, 1.0, False)
    assert decision.remaining_at(pinned) == (0,)
    assert decision.distribution_at(pinned) == [1.0]
    assert decision.remaining_at(first) == (1, 2, 3, 4)
    assert decision.remaining_at(last) == (2, 3, 4)


def test_a_long_list_is_drawn_as_each_of_its_probabilities_says() -> None:
    listed = actions(60)
    for seed in range(200):
        slate = draw_slate(listed, [replace(GREEDY, size=60, epsilon=0.3)], seed)

        remaining = list(range(60))
        for slot in slate:
            chances = replace(GREEDY, epsilon=0.3).probabilities([], remaining)
            place = remaining.index(int(slot.product_id[1:]))
            assert slot.propensity == chances[place]
            assert slot.explored == (chances[place] < max(chances))
            del remaining[place]


def test_positions_without_a_product_take_their_chances_from_those_that_follow() -> None:
    short = replace(GREEDY, size=7, epsilon=1.0)
    aside = replace(GREEDY, placement="aside", kernel=Kernel.SOFTMAX, inverse_temperature=1.0)
    barred = replace(short, barred=(3, 4, 5, 6, 7, 8))
    voting = replace(barred, ballots=((0, 1, 2),))

    for seed in range(50):
        slate = draw_slate(actions(9), [barred, aside], seed)
        assert len(slate) == 5
        assert slate == draw_slate(actions(9), [voting, aside], seed)
