"""Builds experiments."""

from dataclasses import replace
from typing import Any

from personalization.experiments.arm import Arm
from personalization.experiments.experiment import Experiment
from tests.builders.moments import NOON


def an_arm(name: str = "control", share: float = 0.5, **overrides: Any) -> Arm:
    """Return an arm of half the units, with some fields replaced."""
    return replace(Arm(name=name, share=share), **overrides)


def an_experiment(**overrides: Any) -> Experiment:
    """Return an experiment of two halves since noon, with some fields replaced."""
    experiment = Experiment(
        experiment_id="experiment-1",
        arms=(an_arm(), an_arm("uniform", policies={"home": "epsilon-greedy:epsilon=1"})),
        control="control",
        started_at=NOON,
        salt="salt",
    )
    return replace(experiment, **overrides)
