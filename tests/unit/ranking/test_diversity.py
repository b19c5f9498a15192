"""Diversity by what each category's further products give up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.domain.decision import Action, Frame
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.ranking.adjustments import adjust
from personalization.ranking.diversity import FADE, diversity
from tests.builders.action_table import table_of
from tests.builders.shown_slate import an_action

FRAME = Frame(priors=(), normaliser=1.0, scale=1.0)


def an_action_of(category: str, product: str, score: float) -> Action:
    return an_action(0)._replace(
        product_id=ProductId(product), category_id=CategoryId(category), score=score
    )


def diverse(actions: tuple[Action, ...], setting: float) -> tuple[Action, ...]:
    return tuple(adjust(table_of(actions), FRAME, diversity(actions, setting))[0])


def greedily(actions: tuple[Action, ...], setting: float) -> list[str]:
    """Return the order of MMR as it is written: one after another, by marginal relevance."""
    remaining, taken = list(actions), list[Action]()
    while remaining:

        def marginal(action: Action) -> float:
            alike = sum(other.category_id == action.category_id for other in taken)
            return action.score - setting * (1.0 - FADE**alike)

        best = min(remaining, key=lambda action: (-marginal(action), action.product_id))
        remaining.remove(best)
        taken.append(best)
    return [action.product_id for action in taken]


def test_the_second_of_a_category_gives_way_to_another_category_and_says_how_much() -> None:
    actions = (
        an_action_of("shirts", "shirt-1", 1.0),
        an_action_of("shirts", "shirt-2", 0.9),
        an_action_of("skirts", "skirt-1", 0.85),
        an_action_of("shirts", "shirt-3", 0.5),
    )

    ranked, frame = adjust(table_of(actions), FRAME, diversity(actions, 0.5))

    assert [action.product_id for action in ranked] == ["shirt-1", "skirt-1", "shirt-2", "shirt-3"]
    # The first two of what shirts give up: 0.5 * (1 - 0.8) and 0.5 * (1 - 0.64).
    assert [action.score for action in ranked] == pytest.approx([1.0, 0.85, 0.8, 0.32])
    assert frame.adjustments == ("diversity",)
    assert ranked[2].ingredients.adjustments == ((0, pytest.approx(-0.1)),)
    assert ranked[1].ingredients.adjustments == ()


def test_without_the_setting_nothing_is_computed() -> None:
    assert diversity((an_action(0), an_action(1)), 0.0) == ()


def test_a_long_list_of_one_category_loses_no_more_than_the_setting_and_keeps_its_order() -> None:
    actions = tuple(an_action_of("shirts", f"{n:03}", 1.0 - n / 200) for n in range(100))

    ranked = diverse(actions, 0.3)

    assert [action.product_id for action in ranked] == [action.product_id for action in actions]
    assert all(
        before.score - after.score <= 0.3 for before, after in zip(actions, ranked, strict=True)
    )


_SCORED = st.lists(
    st.tuples(st.sampled_from(["shirts", "skirts", "hats"]), st.integers(-100, 100)),
    min_size=1,
    max_size=25,
)


@given(drawn=_SCORED, setting=st.sampled_from([0.05, 0.3, 1.0, 2.0]))
def test_the_order_is_that_of_greedy_marginal_relevance(
    drawn: list[tuple[str, int]], setting: float
) -> None:
    unranked = [
        an_action_of(product, f"{n:02}", score / 100) for n, (product, score) in enumerate(drawn)
    ]
    actions = tuple(sorted(unranked, key=lambda action: (-action.score, action.product_id)))

    ranked = [action.product_id for action in diverse(actions, setting)]

    scores = {action.product_id: action.score for action in diverse(actions, setting)}
    for mine, greedy in zip(ranked, greedily(actions, setting), strict=True):
        # Equal sums may differ in their last bit, and then in the order of the equals.
        assert scores[mine] == pytest.approx(scores[ProductId(greedy)], abs=1e-12)
