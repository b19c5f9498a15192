"""How a slot got its product, in words, for every way of drawing."""

from dataclasses import replace
from typing import Any

import pytest

from personalization.domain.decision import Decision, Slot
from personalization.domain.draw import Draw, Kernel
from personalization.domain.identifiers import ProductId
from personalization.explanations.slots import percent, policy_words, slot_words
from personalization.policies.draws import draw_slate
from personalization.policies.linucb import LINUCB
from personalization.policies.prior_order import POPULARITY, RATED
from personalization.policies.registry import POLICIES
from personalization.policies.spec import PolicySpec
from tests.builders.decision import a_decision

GREEDY = Draw(policy="epsilon-greedy:epsilon=0.2", policy_version="7", size=1, epsilon=0.2)
BEST, OTHER = ProductId("p0"), ProductId("p1")


def decision_with(*draws: Draw, products: int = 5) -> Decision:
    action = a_decision().actions[0]
    actions = tuple(
        action._replace(product_id=ProductId(f"p{index}"), score=1.0 - 0.2 * index)
        for index in range(products)
    )
    return a_decision(actions=actions, draws=draws, slate=())


def words_for(product: ProductId, draw: Draw) -> str:
    """Return the words for the first slot in which the draw shows a product."""
    decision = decision_with(draw)
    for seed in range(1_000):
        slate = draw_slate(decision.actions, (draw,), seed)
        if slate[0].product_id == product:
            return slot_words(replace(decision, slate=slate), slate[0])
    raise AssertionError(f"{product} was never drawn")


def test_the_best_is_called_so_with_the_chance_that_it_had() -> None:
    assert words_for(BEST, GREEDY) == "the best that was left; the chance of that was 84 %"


def test_any_other_is_shown_to_learn() -> None:
    assert words_for(OTHER, GREEDY) == "shown to learn: 4 %"


def test_where_all_are_drawn_evenly_none_is_called_the_best() -> None:
    first = replace(GREEDY, policy="epsilon-first:rounds=5000,floor=0.02", epsilon=1.0)
    assert words_for(OTHER, first) == (
        "drawn evenly from the 5 that were left; the chance of that was 20 %"
    )


def test_an_ensemble_tells_how_many_preferred_it() -> None:
    votes = replace(
        GREEDY, policy="thompson-linear:members=20", ballots=((0,),) * 17 + ((1,),) * 3, epsilon=0.2
    )

    assert words_for(BEST, votes) == (
        "preferred by 17 of 20 samples of the model; the chance of that was 72 %"
    )
    assert words_for(OTHER, votes) == (
        "shown to learn: 16 %; 3 of 20 samples of the model preferred it"
    )
    assert words_for(ProductId("p3"), votes) == "shown to learn: 4 %"


@pytest.mark.parametrize(
    ("kernel", "parameter", "best", "other"),
    [
        (Kernel.SOFTMAX, {"inverse_temperature": 5.0}, "64 %", "23 %"),
        (Kernel.SQUARECB, {"gamma": 50.0}, "84 %", "6.7 %"),
    ],
)
def test_draws_by_score_tell_the_chance_that_the_score_had(
    kernel: Kernel, parameter: dict[str, Any], best: str, other: str
) -> None:
    draw = replace(GREEDY, policy=kernel.value, kernel=kernel, epsilon=0.0, **parameter)

    assert words_for(BEST, draw) == f"the best that was left; the chance of that was {best}"
    assert words_for(OTHER, draw) == f"shown to learn: {other}"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (POPULARITY.name, "the most popular that was left"),
        (RATED.name, "the best rated that was left"),
        (LINUCB.name, "the most promising that was left, doubt included"),
    ],
)
def test_a_policy_that_looks_at_something_else_names_what_it_was_best_by(
    kind: str, words: str
) -> None:
    draw = replace(GREEDY, policy=str(PolicySpec.of(kind)), ballots=((1, 0),), epsilon=0.02)
    assert words_for(OTHER, draw) == f"{words}; the chance of that was 98 %"


def test_what_a_rule_placed_was_placed_by_the_shop() -> None:
    slot = Slot(position=0, product_id=OTHER, propensity=1.0, explored=False, pinned=True)
    assert slot_words(replace(decision_with(GREEDY), slate=(slot,)), slot) == (
        "placed here by the shop"
    )


def test_the_last_product_of_all_had_no_rival() -> None:
    decision = decision_with(GREEDY, products=1)
    slate = draw_slate(decision.actions, (GREEDY,), seed=1)
    assert slot_words(replace(decision, slate=slate), slate[0]) == "the only one that was left"


def test_a_slot_kept_without_its_draw_is_told_by_its_propensity() -> None:
    best = Slot(position=0, product_id=BEST, propensity=0.84, explored=False)
    other = Slot(position=0, product_id=OTHER, propensity=0.04, explored=True)

    assert slot_words(replace(decision_with(), slate=(best,)), best) == (
        "the best that was left; the chance of that was 84 %"
    )
    assert slot_words(replace(decision_with(), slate=(other,)), other) == "shown to learn: 4 %"


def test_every_kind_of_policy_is_told_in_words() -> None:
    told = {policy_words(replace(GREEDY, policy=str(PolicySpec.of(kind)))) for kind in POLICIES}

    assert len(told) == len(POLICIES)
    assert policy_words(GREEDY) == (
        "takes the best; gives 20 % of its draws to any product, to learn; its model is 7"
    )
    assert policy_words(replace(GREEDY, epsilon=0.0, policy_version="cold")) == (
        "takes the best; its model has learned nothing yet"
    )
    assert policy_words(replace(GREEDY, policy="another:x=1", epsilon=0.0)) == (
        "another:x=1; its model is 7"
    )


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (1.0, "100 %"),
        (0.836, "84 %"),
        (0.04, "4 %"),
        (0.0362, "3.6 %"),
        (0.002, "0.2 %"),
        (0.00001, "less than 0.01 %"),
        (0.0, "0 %"),
    ],
)
def test_a_probability_is_told_as_one_says_it(probability: float, words: str) -> None:
    assert percent(probability) == words
