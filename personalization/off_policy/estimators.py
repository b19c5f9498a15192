"""Estimators of a target policy's value from the rounds that another policy logged.

In round i the log showed a_i with probability p_i and got r_i; pi is the target policy,
w_i = pi(a_i | x_i) / p_i and q a model of the reward. Each estimator is a ratio of two sums over
rounds, so that one code makes the estimate, its error and its resamples.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from personalization.off_policy.estimator import SWITCH_WEIGHT, Estimator
from personalization.off_policy.weighed_rounds import Numbers, WeighedRounds
from personalization.statistics.ratio_sums import RatioSums


class Terms(NamedTuple):
    """What each round adds to the numerator and to the denominator."""

    numerator: Numbers
    denominator: Numbers


def ips(rounds: WeighedRounds) -> Terms:
    """Inverse propensity scoring: V = 1/n sum_i w_i r_i.

    Horvitz and Thompson, A generalization of sampling without replacement from a finite
    universe, 1952. Unbiased where the log could show everything; its variance grows with w.
    """
    return Terms(rounds.weight * rounds.reward, np.ones_like(rounds.reward))


def snips(rounds: WeighedRounds) -> Terms:
    """Self-normalised IPS: V = sum_i w_i r_i / sum_i w_i.

    Swaminathan and Joachims, The self-normalized estimator for counterfactual learning, 2015.
    Biased by O(1/n), never outside the range of rewards, and steadier than IPS.
    """
    weight = rounds.weight
    return Terms(weight * rounds.reward, weight)


def dm(rounds: WeighedRounds) -> Terms:
    """Direct method: V = 1/n sum_i sum_a pi(a | x_i) q(x_i, a).

    Beygelzimer and Langford, The offset tree for learning with partial labels, 2009. As good as
    the model: its interval knows nothing of the model's bias.
    """
    return Terms(rounds.predicted_target, np.ones_like(rounds.reward))


def dr(rounds: WeighedRounds) -> Terms:
    """Doubly robust: V = 1/n sum_i [sum_a pi(a | x_i) q(x_i, a) + w_i (r_i - q(x_i, a_i))].

    Dudik, Langford and Li, Doubly robust policy evaluation and learning, 2011. Unbiased with true
    propensities whatever the model, with less variance the better it is.
    """
    residual = rounds.reward - rounds.predicted_chosen
    return Terms(rounds.predicted_target + rounds.weight * residual, np.ones_like(rounds.reward))


def switch_dr(rounds: WeighedRounds, threshold: float = SWITCH_WEIGHT) -> Terms:
    """Switch-DR: as doubly robust, but rounds with w_i > tau add only the model's part.

    Wang, Agarwal and Dudik, Optimal and adaptive off-policy evaluation in contextual bandits,
    2017. Bounded variance, for the model's bias where weights are large.
    """
    weight = np.where(rounds.weight <= threshold, rounds.weight, 0.0)
    residual = rounds.reward - rounds.predicted_chosen
    return Terms(rounds.predicted_target + weight * residual, np.ones_like(rounds.reward))


ESTIMATORS: Mapping[Estimator, Callable[[WeighedRounds], Terms]] = {
    Estimator.IPS: ips,
    Estimator.SNIPS: snips,
    Estimator.DM: dm,
    Estimator.DR: dr,
    Estimator.SWITCH_DR: switch_dr,
}


def group_by_session(terms: Terms, rounds: WeighedRounds) -> Terms:
    _, number = np.unique(rounds.session, return_inverse=True)
    return Terms(
        np.bincount(number, terms.numerator).astype(np.float64),
        np.bincount(number, terms.denominator).astype(np.float64),
    )


def sums_of(groups: Terms) -> RatioSums:
    numerator, denominator = groups
    return RatioSums(
        groups=len(numerator),
        numerator=float(numerator.sum()),
        denominator=float(denominator.sum()),
        numerator_squares=float(numerator @ numerator),
        products=float(numerator @ denominator),
        denominator_squares=float(denominator @ denominator),
    )
