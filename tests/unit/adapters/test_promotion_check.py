"""What is promoted answers as Vowpal Wabbit does, and what would not is refused."""

from dataclasses import replace

import pytest

from personalization.adapters.vowpal.model_parts import BAG, BASE, REGCB, ModelPart
from personalization.adapters.vowpal.policy import VowpalLearner
from personalization.adapters.vowpal.promotion_check import TOLERANCE, check_model
from personalization.domain.errors import RefusedSnapshotError
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.ports.policy import Candidate
from tests.builders.learning_rounds import learning_rounds
from tests.builders.spoiled_model import with_a_weight

ROUNDS = learning_rounds(300)
FEATURES = "--cb_type mtr -q cr -q cp --ignore_linear c --quiet -b 18"


def a_learner(arguments: str) -> VowpalLearner:
    learner = VowpalLearner(None, arguments)
    learner.learn(ROUNDS)
    return learner


@pytest.mark.parametrize("part", [BASE, *BAG, REGCB], ids=lambda part: part.name)
def test_every_model_of_a_snapshot_passes(part: ModelPart) -> None:
    assert check_model(a_learner(part.arguments).dump(), ROUNDS[-20:]) <= TOLERANCE
    assert check_model(VowpalLearner(None, part.arguments).dump()) <= TOLERANCE


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_weight_that_is_no_number_is_refused(number: float) -> None:
    learner = VowpalLearner(with_a_weight(a_learner(BASE.arguments).dump(), number))

    with pytest.raises(RefusedSnapshotError, match="not a finite number"):
        learner.dump()


@pytest.mark.parametrize(
    "arguments",
    [
        f"--cb_explore_adf --epsilon 0.2 {FEATURES} --noconstant -q rp",
        f"--cb_explore_adf --bag 4 {FEATURES} -q rp",
        f"--cb_explore_adf --epsilon 0.2 --first_only {FEATURES}",
    ],
)
def test_a_model_that_scorers_would_play_differently_is_refused(arguments: str) -> None:
    with pytest.raises(RefusedSnapshotError, match="away from Vowpal Wabbit's"):
        a_learner(arguments).dump()


def test_what_was_learned_lately_is_asked_about_too() -> None:
    # Vowpal Wabbit reads more digits than a float holds in a way of its own.
    long = [
        Candidate(ProductId("p"), CategoryId("c"), 98_765.43211 + number / 1_000, 0.5)
        for number in range(50)
    ]
    learner = VowpalLearner(a_learner(BASE.arguments).dump())
    learner.learn([replace(ROUNDS[0], candidates=(*ROUNDS[0].candidates, *long))])

    with pytest.raises(RefusedSnapshotError, match="away from Vowpal Wabbit's"):
        learner.dump()
