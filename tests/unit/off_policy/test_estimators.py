"""Estimators on numbers worked out by hand, and beside an independent implementation."""

from dataclasses import replace
from math import sqrt
from typing import Any

import numpy as np
import pytest
from estimators.bandits import ips as oracle_ips
from estimators.bandits import snips as oracle_snips

from personalization.off_policy.errors import InvalidRoundsError
from personalization.off_policy.estimator import Estimator
from personalization.off_policy.estimators import ESTIMATORS, group_by_session, sums_of, switch_dr
from personalization.off_policy.logged_rounds import LoggedRounds
from personalization.statistics.ratio_sums import RatioSums, student_quantile
from tests.builders.rounds_without_model import rounds_without_model
from tests.builders.shops.simulated_log import SimulatedWorld

EXACT = 1e-9
BY_HAND = LoggedRounds(
    reward=np.array([1.0, 0.0, 0.5]),
    propensity=np.array([0.5, 0.25, 0.1]),
    chosen=np.array([0, 1, 1]),
    # Weights: 0.5, 2, 9.
    target=np.array([[0.25, 0.75], [0.5, 0.5], [0.1, 0.9]]),
    predicted=np.array([[0.8, 0.4], [0.2, 0.1], [0.0, 0.3]]),
    session=np.array([0, 0, 1]),
)


def sums_for(estimator: Estimator, rounds: LoggedRounds) -> RatioSums:
    weighed = rounds.weigh()
    return sums_of(group_by_session(ESTIMATORS[estimator](weighed), weighed))


def value_of(estimator: Estimator, rounds: LoggedRounds) -> float | None:
    return sums_for(estimator, rounds).value


@pytest.mark.parametrize(
    ("estimator", "expected"),
    [
        # 0.5 * 1 + 2 * 0 + 9 * 0.5 = 5
        (Estimator.IPS, 5 / 3),
        (Estimator.SNIPS, 5 / 11.5),
        # 0.2 + 0.3 = 0.5, 0.1 + 0.05 = 0.15, 0 + 0.27 = 0.27
        (Estimator.DM, 0.92 / 3),
        # 0.5 * 0.2 = 0.1, 2 * -0.1 = -0.2, 9 * 0.2 = 1.8
        (Estimator.DR, (0.92 + 0.1 - 0.2 + 1.8) / 3),
        (Estimator.SWITCH_DR, (0.92 + 0.1 - 0.2 + 1.8) / 3),
    ],
)
def test_estimates_are_those_worked_out_by_hand(estimator: Estimator, expected: float) -> None:
    assert value_of(estimator, BY_HAND) == pytest.approx(expected, abs=EXACT)


def test_switch_dr_leaves_the_model_alone_above_its_threshold() -> None:
    terms = switch_dr(BY_HAND.weigh(), threshold=5.0)

    assert terms.numerator.sum() == pytest.approx(0.92 + 0.1 - 0.2, abs=EXACT)


@pytest.mark.parametrize("seed", range(3))
def test_ips_and_snips_are_those_of_the_reference_implementation(seed: int) -> None:
    world = SimulatedWorld.make(actions=10, rate=0.1, epsilon=0.2, target="uniform")
    rounds = world.log(2_000, seed)
    ips, snips = oracle_ips.Estimator(), oracle_snips.Estimator()
    shown = rounds.target[np.arange(2_000), rounds.chosen]
    for logged, reward, wanted in zip(rounds.propensity, rounds.reward, shown, strict=True):
        ips.add_example(logged, reward, wanted)
        snips.add_example(logged, reward, wanted)

    assert value_of(Estimator.IPS, rounds) == pytest.approx(ips.get(), abs=EXACT)
    assert value_of(Estimator.SNIPS, rounds) == pytest.approx(snips.get(), abs=EXACT)


def test_with_one_round_a_session_the_error_is_that_of_a_mean() -> None:
    rounds = replace(BY_HAND, session=np.arange(3))
    terms = ESTIMATORS[Estimator.DR](rounds.weigh()).numerator

    error = sums_for(Estimator.DR, rounds).standard_error

    assert error == pytest.approx(terms.std(ddof=1) / sqrt(3), abs=EXACT)


def test_rounds_of_one_session_count_as_one_witness() -> None:
    world = SimulatedWorld.make(actions=5, rate=0.2, epsilon=0.5, target="uniform")
    once = world.log(1_000, 1)
    twice = LoggedRounds(
        **{
            name: np.concatenate([getattr(once, name)] * 2)
            for name in ("reward", "propensity", "chosen", "target", "predicted", "session")
        }
    )

    errors = [
        sums_for(Estimator.IPS, logged_rounds).standard_error for logged_rounds in (once, twice)
    ]

    assert errors[0] == pytest.approx(errors[1], abs=EXACT)


def test_without_a_model_doubly_robust_is_ips() -> None:
    rounds = rounds_without_model(
        reward=BY_HAND.reward,
        propensity=BY_HAND.propensity,
        chosen=BY_HAND.chosen,
        target=BY_HAND.target,
    )

    assert value_of(Estimator.DR, rounds) == value_of(Estimator.IPS, rounds)
    assert value_of(Estimator.DM, rounds) == 0


def test_weights_are_summed_up() -> None:
    weights = BY_HAND.weigh().weights()

    assert weights.effective_rounds == pytest.approx(11.5**2 / (0.25 + 4 + 81))
    assert (weights.largest, weights.sessions) == (9.0, 2)
    assert weights.heaviest_share == pytest.approx(9 / 11.5)
    assert weights.effective_engagements == pytest.approx(9.5**2 / (0.25 + 81))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"propensity": np.array([0.5, 0.0, 0.1])}, r"Round 1: propensity is not in \(0, 1\]"),
        ({"propensity": np.array([0.5, 1.5, 0.1])}, r"propensity is not in \(0, 1\]"),
        ({"reward": np.array([1.0, np.nan, 0.5])}, "Round 1: reward is not finite"),
        ({"predicted": np.full((3, 2), np.inf)}, "predicted is not finite"),
        ({"target": np.full((3, 2), 0.4)}, "target does not add up to 1"),
        ({"target": np.array([[1.5, -0.5]] * 3)}, "target has a negative probability"),
        ({"chosen": np.array([0, 2, 1])}, "chosen is not an action"),
        ({"session": np.array([0, 1])}, "session and reward differ"),
        ({"predicted": np.zeros((3, 1))}, "must be of rounds by actions"),
        ({"logging": np.full((3, 2), 0.5)}, "not the logging policy's"),
    ],
)
def test_what_is_no_log_of_a_bandit_is_refused(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(InvalidRoundsError, match=fault):
        replace(BY_HAND, **changes)


@pytest.mark.parametrize(("degrees", "expected"), [(10, 2.228139), (30, 2.042272), (200, 1.971896)])
def test_students_quantile_is_that_of_the_tables(degrees: int, expected: float) -> None:
    assert student_quantile(0.975, degrees) == pytest.approx(expected, abs=1e-3)
