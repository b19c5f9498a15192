"""The reward model of the direct and doubly robust estimators: ridge regression, cross-fitted.

A round is predicted by a model that has seen no round of its session (Chernozhukov et al.,
Double/debiased machine learning, 2018): a model that knows the answer makes doubly robust
estimates too sure of themselves.
"""

from collections.abc import Iterable
from zlib import crc32

import numpy as np

from personalization.learning.rounds import ShownImpression
from personalization.off_policy.weighed_rounds import Numbers

FEATURES = 7
FOLDS = 5
RIDGE = 1.0
"""Weighs like one round against the evidence: enough to keep a small log's model finite."""


def features_of(shown: ShownImpression) -> Numbers:
    """Return what the model sees of each remaining action, (actions, FEATURES).

    Constant, blended score, relevance, prior, whether it is the best, and the position and the
    activation of the shopper, by which clicks differ whatever is shown.
    """
    count = len(shown.remaining)
    features = np.ones((count, FEATURES))
    features[:, 1:4] = [(known.score, known.relevance, known.prior) for known in shown.remaining]
    features[:, 4] = np.arange(count) == 0
    features[:, 5] = 1.0 / (1 + shown.slot.position)
    features[:, 6] = shown.decision.live_weight
    return features


def fold_of(session_id: str) -> int:
    """Return the fold of a session: the same in every run, unlike Python's own hash."""
    return crc32(session_id.encode()) % FOLDS


class RewardModel:
    """Predicts outcomes with one set of weights for each fold, made without that fold."""

    def __init__(self, shown: Iterable[ShownImpression]) -> None:
        grams = np.zeros((FOLDS, FEATURES, FEATURES))
        moments = np.zeros((FOLDS, FEATURES))
        for position in shown:
            fold = fold_of(position.decision.session_id)
            seen = features_of(position)[position.chosen]
            grams[fold] += np.outer(seen, seen)
            moments[fold] += seen * position.outcome
        others = grams.sum(axis=0) - grams + RIDGE * np.eye(FEATURES)
        rest = moments.sum(axis=0) - moments
        self._weights = np.linalg.solve(others, rest[:, :, None])[:, :, 0]

    def predict(self, shown: ShownImpression) -> Numbers:
        """Return the predicted outcome of each remaining action, clipped to -1..1."""
        weights = self._weights[fold_of(shown.decision.session_id)]
        predicted: Numbers = np.clip(features_of(shown) @ weights, -1.0, 1.0)
        return predicted
