"""The reward model of the direct and doubly robust estimators: ridge regression, cross-fitted.

A round is predicted by a model that has seen no round of its session (Chernozhukov et al.,
Double/debiased machine learning, 2018): a model that knows the answer makes doubly robust
estimates too sure of themselves.
"""

from collections.abc import Sequence
from zlib import crc32

import numpy as np
import numpy.typing as npt

from personalization.learning.rounds import ShownPosition

Numbers = npt.NDArray[np.float64]
FEATURES = 7
FOLDS = 5
RIDGE = 1.0
"""Weighs like one round against the evidence: enough to keep a small log's model finite."""


def features_of(shown: ShownPosition) -> Numbers:
    """Return what the model sees of each remaining action, (actions, FEATURES).

    Constant, blended score, relevance, prior, whether it is the best, and the position and the
    activation of the shopper, by which clicks differ whatever is shown.
    """
    count = len(shown.remaining)
    features = np.ones((count, FEATURES))
    features[:, 1:4] = [(one.score, one.relevance, one.prior) for one in shown.remaining]
    features[:, 4] = np.arange(count) == 0
    features[:, 5] = 1.0 / (1 + shown.slot.position)
    features[:, 6] = shown.decision.live_weight
    return features


def fold_of(session_id: str) -> int:
    """Return the fold of a session: the same in every run, unlike Python's own hash."""
    return crc32(session_id.encode()) % FOLDS


def cross_fitted(
    features: Numbers, chosen: Numbers, outcomes: Numbers, sessions: Sequence[str]
) -> Numbers:
    """Return predicted outcomes (rounds, actions), clipped to -1..1.

    `features` are (rounds, actions, FEATURES), `chosen` those of what was shown.
    """
    folds = np.array([fold_of(one) for one in sessions], dtype=np.int64)
    predicted = np.zeros(features.shape[:2])
    for fold in range(FOLDS):
        own = folds == fold
        seen = chosen[~own]
        gram = seen.T @ seen + RIDGE * np.eye(FEATURES)
        weights = np.linalg.solve(gram, seen.T @ outcomes[~own])
        predicted[own] = np.clip(features[own] @ weights, -1.0, 1.0)
    return predicted
