"""The blend: how live evidence and nightly priors make one score.

    score(a) = w * L(a) / Z + (1 - w) * P(a)
    L(a) = sum over interactions of reward * probability(a) * DECAY^age * relevance(a)
    P(a) = sum over priors of u * strength(a), the u adding up to 1
    w    = n / (n + EVIDENCE_HALFWAY), n = sum of |reward| * DECAY^age
    Z    = the largest |L| of the action set

so that a first visit is ranked by priors alone and every interaction moves weight to the
shopper's own behaviour. All parts are summands: they add up to the score.
"""

from collections.abc import Iterable, Mapping

DECAY = 0.9
"""Each newer interaction takes a tenth off the weight of an older one."""
EPSILON = 0.2
"""Share of exploration per position, as in Vowpal Wabbit's `--epsilon 0.2`."""
EVIDENCE_HALFWAY = 1.0
"""k: one product view (reward 1) gives live evidence half of the weight."""

PRODUCT_PRIOR_WEIGHTS: Mapping[str, float] = {
    "popularity": 0.3,
    "popularity_category": 0.1,
    "popularity_region": 0.2,
    "popularity_season": 0.1,
    "rating": 0.2,
    "trending": 0.1,
}
"""u before those without data are left out and the rest brought back to 1."""

CATEGORY_PRIOR_WEIGHTS: Mapping[str, float] = {
    "rating": 0.5,
    "popularity": 0.3,
    "popularity_region": 0.2,
}


def decay(age: int) -> float:
    """Return the weight of an interaction that `age` newer ones followed."""
    return DECAY**age


def live_weight(evidence_amount: float) -> float:
    """Return w for an evidence amount n >= 0."""
    return evidence_amount / (evidence_amount + EVIDENCE_HALFWAY)


def present_weights(
    weights: Mapping[str, float], present: Iterable[str]
) -> tuple[tuple[str, float], ...]:
    """Return the weights of the priors that are present, brought to a sum of 1."""
    names = [name for name in weights if name in set(present)]
    total = sum(weights[name] for name in names)
    return tuple((name, weights[name] / total) for name in names)
