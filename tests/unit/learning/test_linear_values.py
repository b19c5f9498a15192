"""The Bayesian linear model: hand-worked posteriors, resuming, and what it learns."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from personalization.domain.decision import Action
from personalization.domain.errors import RefusedSnapshotError
from personalization.learning.linear_values import LinearLearner, LinearValues
from personalization.ports.policy import LearningRound
from personalization.ports.value_models import Samples
from tests.builders.decision import a_decision
from tests.builders.learning_rounds import learning_rounds

DECISION = a_decision()
CONTEXT = DECISION.context


def an_action(score: float, relevance: float = 0.0, prior: float = 0.0) -> Action:
    return DECISION.actions[0]._replace(score=score, relevance=relevance, prior=prior)


def a_round(action: Action, outcome: float) -> LearningRound:
    candidates = learning_rounds(1)[0].candidates
    shown = candidates[0]._replace(relevance=action.relevance, prior=action.prior)
    return LearningRound(CONTEXT, (shown, *candidates[1:]), 0, 0.5, outcome, score=action.score)


def test_before_the_first_round_actions_are_worth_a_tenth_of_their_score() -> None:
    values = LinearValues(None)

    mean = values.optimistic(CONTEXT, [an_action(1.0), an_action(0.5, 0.9, 0.9)], alpha=0.0)

    assert mean == pytest.approx(np.array([[0.1, 0.05]]))


def test_the_posterior_of_one_round_is_that_of_the_formula() -> None:
    learner, action = LinearLearner(None), an_action(1.0)
    learner.learn([a_round(action, 1.0)])

    # x has a constant and the score in five crossings: x'x = 6. From A = I + xx' follow
    # x'A^-1 x = 6 / 7 and the mean 0.1 + (1 - 0.1) 6 / 7.
    (bound,) = LinearValues(learner.dump()).optimistic(CONTEXT, [action], alpha=2.0)

    assert bound == pytest.approx([0.1 + 0.9 * 6 / 7 + 2.0 * (6 / 7) ** 0.5])


def test_a_corrected_outcome_leaves_the_posterior_of_the_new_one() -> None:
    action = an_action(0.7, 0.2, 0.3)
    once, corrected = LinearLearner(None), LinearLearner(None)
    once.learn([a_round(action, 0.75)])
    corrected.learn([a_round(action, 0.25), replace(a_round(action, 0.75), corrects=0.25)])

    ours, theirs = (
        LinearValues(linear_learner.dump()).optimistic(CONTEXT, [action], alpha=1.0)
        for linear_learner in (corrected, once)
    )

    assert ours == pytest.approx(theirs, abs=1e-12)


def test_samples_have_the_posterior_s_mean_and_deviation() -> None:
    learner, action = LinearLearner(None), an_action(0.7, 0.2, 0.3)
    learner.learn([a_round(action, 1.0), a_round(an_action(0.2, 0.5, 0.1), 0.0)])
    values = LinearValues(learner.dump())
    mean = values.optimistic(CONTEXT, [action], 0.0)[0, 0]
    deviation = values.optimistic(CONTEXT, [action], 1.0)[0, 0] - mean

    drawn = values.sample(CONTEXT, [action], Samples(40_000, 0.5, seed=3))[:, 0]

    assert drawn.mean() == pytest.approx(mean, abs=4 * 0.5 * deviation / 200)
    assert drawn.std() == pytest.approx(0.5 * deviation, rel=0.02)


def test_the_same_seed_gives_the_same_samples() -> None:
    values, actions = LinearValues(None), [an_action(1.0), an_action(0.9)]

    first, again, other = (
        values.sample(CONTEXT, actions, Samples(5, 0.5, seed)).tolist() for seed in (1, 1, 2)
    )

    assert first == again != other


def test_a_learner_that_was_saved_and_loaded_goes_on_to_the_same_bytes() -> None:
    everything = learning_rounds(300)
    uninterrupted, first = LinearLearner(None), LinearLearner(None)
    uninterrupted.learn(everything)
    first.learn(everything[:100])
    resumed = LinearLearner(first.dump())
    resumed.learn(everything[100:])

    assert resumed.dump() == uninterrupted.dump() != first.dump()


def test_sums_that_are_no_numbers_are_not_promoted() -> None:
    learner = LinearLearner(None)
    learner.learn([a_round(an_action(1.0), float("nan"))])

    with pytest.raises(RefusedSnapshotError, match="not finite"):
        learner.dump()


def test_it_learns_what_pays_in_which_season() -> None:
    learner = LinearLearner(None)
    learner.learn(learning_rounds(4_000))
    values, generator = LinearValues(learner.dump()), Random(5)
    hits = 0
    for round_ in learning_rounds(300, seed=9):
        actions = [
            an_action(generator.random(), each.relevance, each.prior) for each in round_.candidates
        ]
        (mean,) = values.optimistic(round_.context, actions, 0.0)
        pays = [
            each.relevance if round_.context.season in {"winter", "spring"} else each.prior
            for each in round_.candidates
        ]
        hits += pays[int(mean.argmax())] >= sorted(pays)[-2]

    assert hits > 280
