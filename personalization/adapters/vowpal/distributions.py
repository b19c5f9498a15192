"""Probabilities of actions from expected outcomes, as Vowpal Wabbit's `--cb_explore_adf` gives.

Each takes one member's values (higher is better, an entry an action) and returns an entry an
action, adding up to 1. Sources: `explore/explore_internal.h` and `core/reductions/cb/` of Vowpal
Wabbit 9.11; SquareCB is Foster and Rakhlin 2020 (arXiv 2002.04926).
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
_TIE = np.float32(1e-4)
"""Relative distance below which Vowpal Wabbit takes two costs for the same."""
_ALL_OF_IT = 0.999
"""From this epsilon on, exploration is uniform."""


def favourites(values: Floats) -> npt.NDArray[np.bool_]:
    best = values.max(axis=-1, keepdims=True)
    return np.asarray(best - values <= _TIE * (np.abs(values) + np.abs(best)))


def epsilon_greedy(values: Floats, epsilon: float) -> Floats:
    """Epsilon evenly over all, the rest evenly over the favourites."""
    tied = favourites(values)
    share = np.float32(epsilon / values.size)
    favoured = share + np.float32((1 - epsilon) / np.count_nonzero(tied))
    return np.where(tied, favoured, share)


def softmax(values: Floats, inverse_temperature: float, epsilon: float = 0.0) -> Floats:
    """Proportional to exp(inverse_temperature * value) (`--softmax --lambda`)."""
    weights = np.exp(np.float32(inverse_temperature) * (values - values.max()))
    return at_least(weights / weights.sum(), epsilon)


def squarecb(values: Floats, gamma: float, epsilon: float = 0.0) -> Floats:
    """1 / (actions + gamma * gap) for all but the first of the best, which has what is left.

    Vowpal Wabbit's gamma is `--gamma_scale` times a power of the rounds learned.
    """
    ranked = np.argsort(-values, kind="stable")
    best = ranked[0]
    chances = 1 / (values.size + np.float32(gamma) * (values[best] - values))
    chances[best] = 0
    # One after the other and best first, as it does: what is left has the rounding of all.
    chances[best] = 1 - chances[ranked].cumsum(dtype=np.float32)[-1]
    return at_least(chances, epsilon)


def bag(values: Floats, epsilon: float = 0.0) -> Floats:
    """Each member's favourites share its vote; `values` has a row for each member."""
    tied = favourites(values)
    votes = tied / np.count_nonzero(tied, axis=1, keepdims=True)
    return at_least(votes.mean(axis=0, dtype=np.float32), epsilon)


def at_least(chances: Floats, epsilon: float) -> Floats:
    """Raise chances to epsilon / actions: the projection of Duchi and others 2008 with a floor."""
    if epsilon <= 0:
        return chances
    count = chances.size
    if epsilon > _ALL_OF_IT:
        return np.full(count, 1 / count, np.float32)
    floor = epsilon / count
    falling = np.sort(chances)[::-1].astype(np.float64)
    higher = np.arange(1, count + 1)
    excess = ((count - higher) * floor + falling.cumsum() - 1) / higher
    kept = int(np.flatnonzero(falling > excess + floor).max(initial=0))
    raised: Floats = np.maximum(chances - np.float32(excess[kept]), np.float32(floor))
    return raised
