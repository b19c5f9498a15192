"""The blend: how live evidence and nightly priors make one score.

Over an action set, with evidence i = 0 (newest), 1, 2, ... and priors j:

    L(a)     = sum_i reward_i * f_i * p(a) * decay^i * relevance_i(a)
    live(a)  = min(1, L(a) / Z),  Z = min(p) * sum_b max(0, L(b)) / p(b)
    prior(a) = sum_j u_j * strength_j(a) / total_j,  total_j = sum_b strength_j(b)
    score(a) = (w * live(a) + (1 - w) * prior(a)) / M,  w = n / (n + k),  n = sum_i f_i

The freshness f_i is 2^(-seconds since / half-life), or 1 where no half-life is set: n is then the
number of interactions. M is the largest blend of the set, so that the best action has score 1;
only what the shopper disliked is below 0. Live and prior parts are both shares of the action set,
hence comparable. Dividing by Z rather than by sum(L) keeps the shares of all other actions when the
policy favours one: an epsilon-greedy favourite has a probability hundreds of times the others',
and would otherwise take all live mass with it. Each part is a summand: they add up to the score.

The numbers were chosen on the first months of a clothing shop's clickstream and measured on the
last (docs/performance.md).
"""

from collections.abc import Collection, Mapping

DECAY = 0.9
"""Each newer interaction takes a tenth off the weight of an older one."""
EPSILON = 0.2
"""Share of exploration per position, as in Vowpal Wabbit's `--epsilon 0.2`."""
EVIDENCE_HALFWAY = 0.5
"""k: one interaction gives live evidence two thirds of the weight, five give it nine tenths."""
ACTIVATION_EVIDENCE = 2
"""A profile is called the shopper's own from the second interaction on: one is a coincidence."""

PRODUCT_PRIOR_WEIGHTS: Mapping[str, float] = {
    "popularity": 0.2,
    "popularity_category": 0.5,
    "popularity_region": 0.15,
    "popularity_season": 0.15,
    "rating": 0.2,
}
"""u before priors without data are left out and the rest is brought back to a sum of 1."""

CATEGORY_PRIOR_WEIGHTS: Mapping[str, float] = {
    "rating": 0.5,
    "popularity": 0.3,
    "popularity_region": 0.2,
}


def freshness(elapsed_seconds: float, halflife_seconds: float) -> float:
    """Return what time has left of an interaction's weight, in 0..1; a half-life of 0 is none.

    An event that a wrong clock puts into the future is as fresh as one of now.
    """
    if not halflife_seconds:
        return 1.0
    return float(0.5 ** (max(0.0, elapsed_seconds) / halflife_seconds))


def live_weight(evidence_amount: float, halfway: float) -> float:
    """Return w for an evidence amount n >= 0, k being `halfway`."""
    return evidence_amount / (evidence_amount + halfway) if evidence_amount else 0.0


def present_weights(weights: Mapping[str, float], present: Collection[str]) -> dict[str, float]:
    """Return the weights of the priors that are present, brought to a sum of 1."""
    total = sum(weights[name] for name in weights if name in present)
    return {name: weight / total for name, weight in weights.items() if name in present}
