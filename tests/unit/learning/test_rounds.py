"""A shown position: what remained, and with what probability each of it would have been shown."""

from collections import Counter
from dataclasses import replace

import pytest

from personalization.learning.rounds import candidates_of, learning_round, shown_impression
from personalization.policies.draws import draw_slate
from tests.builders.shown_slate import ShownSlate, an_action


def test_what_earlier_slots_took_is_no_candidate() -> None:
    slate = ShownSlate.make(1)
    last = slate.products[2]

    shown = shown_impression(slate.decision, last, 0.5)

    assert len(shown.remaining) == 3
    assert shown.remaining[shown.chosen].product_id == last
    assert not {action.product_id for action in shown.remaining} & set(slate.products[:2])
    taught = learning_round(slate.decision, last, 0.5)
    assert taught.remaining == candidates_of(shown)
    assert taught.remaining[taught.chosen_of_remaining] == taught.shown_candidate
    assert taught.chosen_of_remaining == shown.chosen
    assert taught.propensity == slate.decision.slate[2].propensity


@pytest.mark.parametrize("epsilon", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("kept", [True, False], ids=["draws kept", "before there were draws"])
def test_the_logging_distribution_is_known_whole(epsilon: float, *, kept: bool) -> None:
    for number in range(50):
        decision = ShownSlate.make(number, epsilon).decision
        decision = decision if kept else replace(decision, draws=())
        for slot in decision.slate:
            shown = shown_impression(decision, slot.product_id, 0.0)
            each = epsilon / len(shown.remaining)
            expected = [1 - epsilon + each] + [each] * (len(shown.remaining) - 1)
            assert shown.logging == pytest.approx(expected)
            assert shown.logging[shown.chosen] == pytest.approx(slot.propensity)


def test_a_last_product_that_remains_is_certain() -> None:
    actions = (an_action(0),)
    slate = ShownSlate.make(1)
    alone = draw_slate(actions, slate.decision.draws, 1)
    decision = replace(slate.decision, actions=actions, slate=alone)

    assert shown_impression(decision, alone[0].product_id, 0.0).logging == [1.0]


def test_slates_are_drawn_as_often_as_the_distribution_says() -> None:
    slates = [ShownSlate.make(number, 0.5) for number in range(3_000)]
    first = Counter(slate.products[0] for slate in slates)
    said = shown_impression(slates[0].decision, slates[0].products[0], 0.0).logging

    for number, probability in enumerate(said):
        assert first[an_action(number).product_id] / 3_000 == pytest.approx(probability, abs=0.03)


@pytest.mark.parametrize("pinned", [0, 1, 2])
@pytest.mark.parametrize("barred", [(), (4,), (3, 4)])
def test_a_round_leaves_out_what_could_not_be_shown_at_its_slot(
    pinned: int, barred: tuple[int, ...]
) -> None:
    for number in range(20):
        decision = ShownSlate.make(number).decision
        slate = tuple(replace(slot, pinned=slot.position < pinned) for slot in decision.slate)
        draws = tuple(replace(draw, barred=barred) for draw in decision.draws)
        decision = replace(decision, slate=slate, draws=draws)
        shown_indexes = {
            [action.product_id for action in decision.actions].index(slot.product_id)
            for slot in slate
        }
        if shown_indexes & set(barred):
            continue
        for slot in slate:
            taught = learning_round(decision, slot.product_id, 0.5)
            shown = shown_impression(decision, slot.product_id, 0.5)
            assert taught.remaining == candidates_of(shown)
            assert taught.chosen_of_remaining == shown.chosen
            assert taught.score == shown.remaining[shown.chosen].score
