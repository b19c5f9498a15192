"""Two base models side by side, on rounds whose outcomes are known.

The value is the self-normalised inverse propensity score of the model's own exploration:
sum w r / sum w with w = p(shown) / propensity (Swaminathan and Joachims, 2015).
"""

from collections.abc import Sequence

import numpy as np

from personalization.adapters.vowpal.distributions import epsilon_greedy
from personalization.adapters.vowpal.values import VowpalValues
from personalization.domain.draw import EPSILON
from personalization.learning.model_comparison import ModelComparison
from personalization.ports.policy import LearningRound


def compare_models(before: bytes, after: bytes, rounds: Sequence[LearningRound]) -> ModelComparison:
    """Raise `DamagedSnapshotError` for a model that cannot be read."""
    models = VowpalValues(before), VowpalValues(after)
    if not rounds:
        return ModelComparison(rounds=0)
    errors, weights = np.zeros((2, len(rounds))), np.zeros((2, len(rounds)))
    outcomes = np.array([round_.outcome for round_ in rounds])
    largest = 0.0
    for place, round_ in enumerate(rounds):
        chosen = round_.chosen_of_remaining
        both = []
        for number, model in enumerate(models):
            (values,) = model.values(round_.context, round_.remaining)
            probabilities = epsilon_greedy(values, EPSILON)
            errors[number, place] = float(values[chosen]) - round_.outcome
            weights[number, place] = probabilities[chosen] / round_.propensity
            both.append(probabilities)
        largest = max(largest, float(np.abs(both[0] - both[1]).max()))
    squared = (errors**2).mean(axis=1)
    # Exploration gives every action a probability, so no sum is 0.
    values_of = (weights * outcomes).sum(axis=1) / weights.sum(axis=1)
    return ModelComparison(
        rounds=len(rounds),
        error_before=float(squared[0]),
        error_after=float(squared[1]),
        value_before=float(values_of[0]),
        value_after=float(values_of[1]),
        largest_difference=largest,
    )
