"""What is added to scores after the blend keeps them explained."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.domain.decision import Action, Adjustment
from personalization.domain.identifiers import ProductId
from personalization.explanations.contributions import contributions
from personalization.ranking.adjustments import adjust
from tests.builders.action_table import table_of
from tests.builders.decision import a_decision
from tests.builders.shown_slate import ShownSlate

DECISION = ShownSlate.make(1).decision
PRODUCTS = tuple(action.product_id for action in DECISION.actions)


def remainder(action: Action) -> float:
    """Return the part of a built action's score that the builder gives no summand for."""
    parts = contributions(DECISION, action)
    return action.score - sum(contribution.amount for contribution in parts)


def test_an_adjustment_moves_its_products_and_the_best_is_one_again() -> None:
    boost = Adjustment("boost:new", {ProductId("p4"): 1.0})

    actions, frame = adjust(table_of(DECISION.actions), DECISION.frame, [boost])

    assert [action.product_id for action in actions] == ["p4", "p0", "p1", "p2", "p3"]
    assert [action.score for action in actions] == pytest.approx(
        [1.0, *(1 / 1.2 * share for share in (1, 1 / 2, 1 / 3, 1 / 4))]
    )
    assert frame.adjustments == ("boost:new",)
    assert frame.scale == pytest.approx(1.2 * DECISION.frame.scale)


def test_without_amounts_nothing_is_touched() -> None:
    actions, frame = adjust(
        table_of(DECISION.actions), DECISION.frame, [Adjustment("boost:new", {})]
    )

    assert actions == DECISION.actions
    assert frame is DECISION.frame


@given(
    first=st.lists(st.floats(-2, 2), min_size=5, max_size=5),
    second=st.lists(st.floats(-2, 2), min_size=5, max_size=5),
)
def test_every_score_moves_by_what_its_summands_say(
    first: list[float], second: list[float]
) -> None:
    before = {action.product_id: remainder(action) for action in DECISION.actions}
    actions, frame = DECISION.actions, DECISION.frame
    for name, amounts in (("one", first), ("two", second)):
        given_amounts = dict(zip(PRODUCTS, amounts, strict=True))
        adjusted, frame = adjust(
            table_of(actions, len(frame.adjustments)), frame, [Adjustment(name, given_amounts)]
        )
        actions = tuple(adjusted)

    decision = a_decision(actions=actions, frame=frame, evidence=(), live_weight=0.25)
    scale = frame.scale / DECISION.frame.scale
    assert list(actions) == sorted(actions, key=lambda action: (-action.score, action.product_id))
    for action in actions:
        parts = contributions(decision, action)
        total = sum(part.amount for part in parts) + before[action.product_id] / scale
        assert total == pytest.approx(action.score, abs=1e-9)
