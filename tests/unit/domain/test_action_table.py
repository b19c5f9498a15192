"""A table of actions reads as the tuple of the same actions does."""

import numpy as np
import pytest

from personalization.codec.json_codec import DECISION
from personalization.domain.action_table import (
    ActionNumbers,
    ActionTable,
    category_ids_of,
    pick_actions,
    probabilities_of,
    product_ids_of,
    scores_of,
)
from personalization.domain.decision import Action, ActionSource, Ingredients
from personalization.domain.identifiers import CategoryId, ProductId
from tests.builders.decision import a_decision

SHIRTS, SHOES = CategoryId("shirts"), CategoryId("shoes")
NEW, POPULAR = (ActionSource.NEW,), (ActionSource.POPULAR, ActionSource.RATED)
ACTIONS = (
    Action(
        ProductId("a"), SHIRTS, NEW, 0.5, 0.25, 1.0,
        Ingredients(0.75, 1.0, ((0, 0.5), (2, 0.125)), ((1, 3.0),)),
    ),
    Action(ProductId("b"), SHOES, POPULAR, 0.0, 0.5, 0.75, Ingredients(0.125, 1.0, (), ())),
    Action(
        ProductId("c"), SHIRTS, NEW, 0.5, 0.25, -0.5,
        Ingredients(0.125, 0.5, ((1, 1.0),), ((0, 2.0), (1, 1.0)), ((1, -0.25),)),
    ),
)  # fmt: skip


def table() -> ActionTable:
    numbers = ActionNumbers(
        relevance=np.array([0.5, 0.0, 0.5]),
        prior=np.array([0.25, 0.5, 0.25]),
        score=np.array([1.0, 0.75, -0.5]),
        probability=np.array([0.75, 0.125, 0.125]),
        cap=np.array([1.0, 1.0, 0.5]),
        relevances=np.array([[0.5, 0, 0], [0, 0, 1.0], [0.125, 0, 0]]),
        strengths=np.array([[0, 0, 2.0], [3.0, 0, 1.0]]),
        adjustments=np.array([[0, 0, 0], [0, 0, -0.25]]),
    )
    ids = [ProductId(product) for product in "abc"]
    return ActionTable(ids, [SHIRTS, SHOES, SHIRTS], [NEW, POPULAR, NEW], numbers)


def test_it_equals_the_tuple_and_another_table() -> None:
    assert table() == ACTIONS
    assert table() == ACTIONS
    assert table() == table()
    assert hash(table()) == hash(ACTIONS)
    assert table() != ACTIONS[:2]


def test_it_is_read_as_the_tuple_is() -> None:
    found = table()

    assert (found[0], found[-1], found[1:]) == (ACTIONS[0], ACTIONS[-1], ACTIONS[1:])
    assert (len(found), tuple(found), ACTIONS[1] in found) == (3, ACTIONS, True)
    with pytest.raises(IndexError):
        found[3]


@pytest.mark.parametrize("actions", [table(), ACTIONS], ids=["table", "tuple"])
def test_columns_are_those_of_the_actions(actions: tuple[Action, ...]) -> None:
    assert list(product_ids_of(actions)) == ["a", "b", "c"]
    assert list(category_ids_of(actions)) == [SHIRTS, SHOES, SHIRTS]
    assert scores_of(actions) == [1.0, 0.75, -0.5]
    assert probabilities_of(actions) == [0.75, 0.125, 0.125]
    assert pick_actions(actions, [2, 0]) == (ACTIONS[2], ACTIONS[0])
    assert pick_actions(actions, []) == ()


def test_a_table_without_actions_is_empty() -> None:
    none = np.zeros(0)
    numbers = ActionNumbers(none, none, none, none, none, np.zeros((0, 0)), np.zeros((2, 0)))

    assert ActionTable([], [], [], numbers) == ()


def test_a_decision_is_written_as_it_would_be_with_the_tuple() -> None:
    assert DECISION.encode(a_decision(actions=table())) == DECISION.encode(
        a_decision(actions=ACTIONS)
    )
