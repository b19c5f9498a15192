"""On simulated logs estimates are unbiased and their intervals cover the truth."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from personalization.off_policy.estimate import Estimate, estimate
from personalization.off_policy.estimator import Estimator
from personalization.off_policy.estimators import ESTIMATORS, group_by_session, sums_of
from personalization.off_policy.intervals import IntervalMethod
from personalization.off_policy.reliability import Support
from personalization.off_policy.weighed_rounds import WeighedRounds
from personalization.statistics.ratio_sums import Interval
from tests.builders.shops.simulated_log import SimulatedWorld

LOGS = 400
COVERAGE = 0.93
WEIGHTED = [estimator for estimator in Estimator if estimator.uses_weights]
WORLDS = {
    "uniform": (1_000, SimulatedWorld.make(actions=10, rate=0.2, epsilon=0.2, target="uniform")),
    "greedy": (2_000, SimulatedWorld.make(actions=10, rate=0.05, epsilon=0.2, target="greedy")),
    "mixed": (1_000, SimulatedWorld.make(actions=20, rate=0.1, epsilon=0.3, target="mixed")),
    "sessions": (
        2_000,
        SimulatedWorld.make(
            actions=10, rate=0.15, epsilon=0.2, target="uniform", session_size=5
        ),
    ),
}  # fmt: skip


@cache
def logs_of(name: str) -> list[WeighedRounds]:
    rounds, world = WORLDS[name]
    return [world.log(rounds, seed).weigh() for seed in range(LOGS)]


def estimates(
    name: str,
    estimator: Estimator,
    method: IntervalMethod = IntervalMethod.NORMAL,
    logs: int = LOGS,
) -> list[Estimate]:
    return [estimate(estimator, weighed_rounds, method) for weighed_rounds in logs_of(name)[:logs]]


def values_of(found: list[Estimate]) -> NDArray[np.float64]:
    return np.array([each.value for each in found], np.float64)


def coverage(found: list[Estimate], truth: float) -> float:
    intervals = [
        other_estimate.interval for other_estimate in found if other_estimate.interval is not None
    ]
    assert len(intervals) > 0.9 * len(found)
    return float(np.mean([truth in interval for interval in intervals]))


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("estimator", WEIGHTED)
def test_the_default_interval_covers_the_truth(name: str, estimator: Estimator) -> None:
    assert coverage(estimates(name, estimator), WORLDS[name][1].truth) >= COVERAGE


@pytest.mark.parametrize("name", WORLDS)
def test_estimates_are_unbiased(name: str) -> None:
    world, logs = WORLDS[name][1], logs_of(name)
    for estimator in (Estimator.IPS, Estimator.DR, Estimator.SNIPS):
        found = [
            sums_of(group_by_session(ESTIMATORS[estimator](weighed_rounds), weighed_rounds)).value
            for weighed_rounds in logs
        ]
        values = np.array(found, np.float64)
        error = np.std(values, ddof=1) / np.sqrt(LOGS)
        # SNIPS is biased by O(1/n), far below the error here.
        assert abs(np.mean(values) - world.truth) < 3 * error


def test_a_model_lessens_the_variance_and_is_biased_alone() -> None:
    _, world = WORLDS["uniform"]
    spread = {
        estimator: np.std(values_of(estimates("uniform", estimator))) for estimator in Estimator
    }
    direct = values_of(estimates("uniform", Estimator.DM))

    assert spread[Estimator.DR] < spread[Estimator.IPS]
    assert spread[Estimator.DM] < spread[Estimator.DR]
    assert abs(np.mean(direct) - world.truth) > 5 * np.std(direct)


def test_without_its_sessions_a_log_is_believed_too_much() -> None:
    # Under its own policy all weights are 1, and what sessions have in common is all there is.
    _, world = WORLDS["sessions"]
    own = replace(world, target=world.logging, session_size=20)
    believed = []
    for seed in range(100):
        log = own.log(2_000, seed)
        apart = replace(log, session=np.arange(len(log.reward)))
        both = [
            estimate(Estimator.IPS, logged_rounds.weigh()).interval
            for logged_rounds in (log, apart)
        ]
        believed.append([interval is not None and own.truth in interval for interval in both])
    together, alone = np.mean(believed, axis=0)

    assert together >= 0.9
    assert alone < together


@pytest.mark.parametrize("method", [IntervalMethod.BOOTSTRAP, IntervalMethod.BERNSTEIN])
def test_the_other_intervals_cover_too(method: IntervalMethod) -> None:
    logs = 60 if method is IntervalMethod.BOOTSTRAP else LOGS
    found = estimates("greedy", Estimator.SNIPS, method, logs)

    # Sixty logs say little: nine tenths of them is what a true 95 % hardly ever falls below.
    assert coverage(found, WORLDS["greedy"][1].truth) >= (0.9 if logs < LOGS else COVERAGE)


def test_the_bootstrap_agrees_with_the_normal_interval() -> None:
    both = [estimates("sessions", Estimator.SNIPS, method, 5) for method in IntervalMethod]
    widths = [[_width(other_estimate.interval) for other_estimate in found] for found in both]

    assert np.allclose(widths[0], widths[1], rtol=0.15)
    assert all(
        careful > plain for plain, careful in zip(widths[0], widths[2], strict=True)
    )  # fmt: skip


def test_a_world_that_logs_can_hardly_answer_is_seldom_answered_wrongly() -> None:
    # The gate itself depends on the log, so that not those let through are counted but all.
    world = SimulatedWorld.make(actions=10, rate=0.08, epsilon=0.2, target="uniform")
    found = [estimate(Estimator.SNIPS, world.log(1_000, seed).weigh()) for seed in range(LOGS)]
    wrong = [
        other_estimate.interval is not None and world.truth not in other_estimate.interval
        for other_estimate in found
    ]
    refused = [other_estimate.verdict.standing is Support.REFUSED for other_estimate in found]

    assert 0.05 < np.mean(refused) < 0.95
    assert np.mean(wrong) < 0.02


def _width(interval: Interval | None) -> float:
    assert interval is not None
    return interval.high - interval.low
