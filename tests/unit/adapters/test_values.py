"""Scoring outside Vowpal Wabbit: values and distributions, held against its own answers."""

import gc
import weakref
from collections.abc import Callable
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from personalization.adapters.vowpal.distributions import (
    Floats,
    bag,
    epsilon_greedy,
    softmax,
    squarecb,
)
from personalization.adapters.vowpal.model_parts import BAG, BASE, REGCB
from personalization.adapters.vowpal.native_probabilities import NativeProbabilities
from personalization.adapters.vowpal.policy import VowpalLearner
from personalization.adapters.vowpal.values import VowpalValues
from personalization.domain.context import CategoryAffinity, Context
from personalization.domain.identifiers import CategoryId
from personalization.learning.linear_values import LinearValues
from personalization.ports.policy import Candidate
from tests.builders.learning_rounds import learning_rounds, some_candidates

FEATURES = "--cb_type mtr --clip_p 0.1 -q cr -q cp --ignore_linear c --quiet --random_seed 7"
ROUNDS = 1_000
PARITY = 1e-6


def learn_model(arguments: str) -> bytes:
    learner = VowpalLearner(None, arguments)
    learner.learn(
        [replace(of, context=known_context(of.context)) for of in learning_rounds(ROUNDS)]
    )
    return learner.dump()


def known_context(context: Context) -> Context:
    """Return some of the contexts as those of people whose tastes are known."""
    if context.interaction_count % 3:
        return context
    category = CategoryId(f"c{context.interaction_count}")
    return replace(context, tastes=(CategoryAffinity(category, 0.5),))


def questions() -> list[tuple[Context, tuple[Candidate, ...]]]:
    """Return contexts, each with its own number of candidates, some of them alike."""
    generator = Random(3)
    asked = []
    for round_ in learning_rounds(150, seed=2):
        candidates = some_candidates(generator.randrange(1, 130), generator)
        asked.append(
            (known_context(round_.context), candidates + candidates[: generator.randrange(3)])
        )
    return asked


@pytest.mark.parametrize(
    ("exploration", "distribution"),
    [
        ("--epsilon 0.2", lambda values: epsilon_greedy(values[0], 0.2)),
        ("--epsilon 0", lambda values: epsilon_greedy(values[0], 0)),
        ("--softmax --lambda 10", lambda values: softmax(values[0], 10)),
        ("--softmax --lambda 3 --epsilon 0.4", lambda values: softmax(values[0], 3, 0.4)),
        ("--squarecb", lambda values: squarecb(values[0], 10 * ROUNDS**0.5)),
        ("--squarecb --gamma_scale 2 --epsilon 0.3",
         lambda values: squarecb(values[0], 2 * ROUNDS**0.5, 0.3)),
        ("--squarecb --epsilon 1", lambda values: squarecb(values[0], 10 * ROUNDS**0.5, 1)),
        ("--bag 1", bag),
        ("--bag 3", bag),
        ("--bag 10 --epsilon 0.2", lambda values: bag(values, 0.2)),
    ],
)  # fmt: skip
def test_probabilities_are_those_of_vowpal_wabbit(
    exploration: str, distribution: Callable[[Floats], Floats]
) -> None:
    model = learn_model(f"--cb_explore_adf {exploration} {FEATURES} -b 18")
    ours, theirs = VowpalValues(model), NativeProbabilities(model)

    for context, candidates in questions():
        probabilities = distribution(ours.values(context, candidates))

        assert probabilities == pytest.approx(theirs.probabilities(context, candidates), abs=PARITY)
        assert probabilities.sum() == pytest.approx(1, abs=1e-5)


def test_values_are_the_costs_of_vowpal_wabbit_to_the_last_bit() -> None:
    # Without exploration it answers with the costs themselves.
    model = learn_model(f"--cb_adf {FEATURES} -b 18")
    ours, theirs = VowpalValues(model), NativeProbabilities(model)

    for context, candidates in questions():
        (values,) = ours.values(context, candidates)

        costs = np.array(theirs.probabilities(context, candidates), np.float32)
        if len(candidates) > 1:  # One alone is added up in another order, and wins anyway.
            assert (-values == costs).all()
        else:
            assert -values == pytest.approx(costs, abs=PARITY)


def test_each_member_of_a_bag_has_values_of_its_own() -> None:
    members = [VowpalValues(learn_model(part.arguments)) for part in BAG]
    values = VowpalValues.together(members)
    context, candidates = questions()[0]

    found = values.values(context, candidates)

    assert found.shape == (values.members, len(candidates)) == (10, len(candidates))
    assert len({tuple(row) for row in found.tolist()}) == 10
    alone = [vowpal_values.values(context, candidates)[0].tolist() for vowpal_values in members]
    assert found.tolist() == alone


def test_a_cold_model_expects_nothing_of_anybody() -> None:
    context, candidates = questions()[0]

    assert (VowpalValues(None, BASE.arguments).values(context, candidates) == 0).all()
    cold = VowpalValues.together([VowpalValues(None, part.arguments) for part in BAG])
    assert cold.values(context, ()).shape == (10, 0)
    assert (cold.values(context, candidates) == 0).all()


def test_regcb_lets_the_plausible_share_everything() -> None:
    model = NativeProbabilities(learn_model(REGCB.arguments))

    for context, candidates in questions():
        probabilities = model.probabilities(context, candidates)
        plausible = [probability for probability in probabilities if probability]
        assert plausible == pytest.approx([1 / len(plausible)] * len(plausible))
    assert len(plausible) < len(candidates)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_values_of_a_number_that_is_not_finite_are_refused(number: float) -> None:
    context, candidates = questions()[0]
    spoiled = (candidates[0]._replace(prior=number), *candidates)

    with pytest.raises(ValueError, match="not finite"):
        VowpalValues(None).values(context, spoiled)


def test_numbers_are_rounded_as_the_text_of_an_example_rounds_them() -> None:
    model = learn_model(f"--cb_adf {FEATURES} -b 18")
    context, candidates = questions()[0]
    # Decimal halves of the last place, which formatting and numpy round each in its own way.
    halves = [(2 * number + 1) / 200_000 for number in range(500)]
    tied = [candidates[0]._replace(relevance=halve, prior=1 - halve) for halve in halves]

    (values,) = VowpalValues(model).values(context, tied)

    costs = NativeProbabilities(model).probabilities(context, tied)
    assert (-values == np.array(costs, np.float32)).all()


def test_a_model_that_was_replaced_is_gone_at_once() -> None:
    gc.disable()  # Cycles would wait for it, and it comes by seldom: a model is some megabytes.
    try:
        values = [VowpalValues(None), LinearValues(None)]
        gone = [weakref.ref(value) for value in values]
        del values
        assert [reference() for reference in gone] == [None, None]
    finally:
        gc.enable()
