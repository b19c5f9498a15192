"""A log that cannot answer is not asked: the verdict says why."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from personalization.off_policy.estimate import estimate
from personalization.off_policy.estimator import Estimator
from personalization.off_policy.reliability import Support, judge
from personalization.off_policy.weight_summary import WeightSummary
from tests.builders.rounds_without_model import rounds_without_model
from tests.builders.shops.simulated_log import SimulatedWorld

GOOD = WeightSummary(
    rounds=1_000,
    sessions=300,
    total=1_000.0,
    squares=2_000.0,
    largest=5.0,
    heaviest=50.0,
    switched=0.0,
    engaged_total=100.0,
    engaged_squares=200.0,
    unsupported=0.0,
)


def test_a_good_log_answers_every_estimator() -> None:
    assert judge(Estimator.DR, GOOD).standing is Support.SUPPORTED
    assert judge(Estimator.DM, GOOD).standing is Support.MODEL_ONLY


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"rounds": 100, "total": 100.0}, "too few rounds (100 of 200)"),
        ({"sessions": 10}, "too few sessions (10 of 30)"),
        ({"squares": 20_000.0}, "too few effective rounds (50 of 100)"),
        ({"heaviest": 600.0}, "1% of the rounds have 60% of the weight"),
        ({"unsupported": 0.25}, "25.0% of its probability to actions that the log could not show"),
        ({"total": 500.0}, "the mean weight is 0.50 and not 1"),
        ({"engaged_total": 0.0, "engaged_squares": 0.0}, "no outcome above 0"),
        ({"engaged_squares": 2_000.0}, "too few effective outcomes above 0 (5.0 of 20)"),
    ],
)
def test_each_weakness_is_a_reason(changes: dict[str, Any], reason: str) -> None:
    verdict = judge(Estimator.IPS, replace(GOOD, **changes))

    assert verdict.standing is Support.REFUSED
    assert any(reason in other_reason for other_reason in verdict.reasons)
    assert reason in str(verdict)


def test_the_model_alone_needs_rounds_but_no_overlap() -> None:
    assert judge(Estimator.DM, replace(GOOD, total=0.0)).standing is Support.MODEL_ONLY
    assert judge(Estimator.DM, replace(GOOD, rounds=10)).standing is Support.REFUSED


def test_switch_dr_says_when_it_leans_on_the_model() -> None:
    leaning = replace(GOOD, switched=250.0)

    assert judge(Estimator.SWITCH_DR, GOOD).standing is Support.SUPPORTED
    assert str(judge(Estimator.SWITCH_DR, leaning)) == (
        "model only: 25% of the weight is left to the reward model"
    )
    assert judge(Estimator.DR, leaning).standing is Support.SUPPORTED


def test_a_target_outside_the_log_is_refused_though_its_interval_would_be_narrow() -> None:
    world = SimulatedWorld.make(actions=5, rate=0.2, epsilon=0.5, target="greedy")
    never = np.zeros_like(world.logging)
    # The log shows one action, the target another.
    never[:, 0] = 1.0
    other = np.roll(never, 1, axis=1)
    log = replace(world, logging=never, target=other).log(1_000, 1)

    found = estimate(Estimator.SNIPS, log.weigh())

    assert found.value is None
    assert found.interval is None
    assert "100.0% of its probability" in found.verdict.reasons[0]


def test_an_unknown_logging_policy_betrays_itself_by_the_mean_weight() -> None:
    world = SimulatedWorld.make(actions=5, rate=0.2, epsilon=0.5, target="uniform")
    log = replace(world.log(1_000, 1), logging=None)
    wrong = replace(log, propensity=np.minimum(1.0, log.propensity * 2))

    assert estimate(Estimator.IPS, log.weigh()).verdict.standing is Support.SUPPORTED
    assert "mean weight" in str(estimate(Estimator.IPS, wrong.weigh()).verdict)


def test_no_rounds_are_refused_rather_than_divided_by() -> None:
    empty = rounds_without_model(
        reward=np.zeros(0),
        propensity=np.zeros(0),
        chosen=np.zeros(0, dtype=np.int64),
        target=np.zeros((0, 1)),
    )

    for estimator in Estimator:
        found = estimate(estimator, empty.weigh())
        assert (found.value, found.interval) == (None, None)
        assert "too few rounds (0 of 200)" in found.verdict.reasons
