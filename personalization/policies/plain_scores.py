"""Scores as they would be if the base policy preferred nothing.

A score's live part is multiplied by the base policy's probability, which sets one favourite far
above the rest. Without it a score is a mean of the two features that every action keeps:

    plain(a) = (rho relevance(a) + (1 - rho) prior(a)) / max_b (...)
    rho = (w + (1 - w) U) / (1 + (1 - w) U)

U is the weight of all signals, which relevance holds beside the live part; see
`personalization.ranking.blend`. The best has 1, and before the first round of the base model plain
scores are the scores, but for boosts and for what the shopper disliked.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from personalization.domain.decision import Frame
from personalization.ports.value_models import Values
from personalization.ranking.signals.registry import SIGNALS


class Featured(Protocol):
    @property
    def relevance(self) -> float: ...

    @property
    def prior(self) -> float: ...


def relevance_weight(live_weight: float, frame: Frame) -> float:
    """Return rho."""
    signals = sum([prior.weight for prior in frame.priors if prior.name in SIGNALS], 0.0)
    beside = (1 - live_weight) * signals
    return (live_weight + beside) / (1 + beside)


def plain_scores(features: Sequence[Featured], rho: float) -> Values:
    plain = np.array([rho * each.relevance + (1 - rho) * each.prior for each in features])
    best = float(plain.max(initial=0.0))
    return plain / best if best > 0 else plain
