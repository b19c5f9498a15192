"""Bayesian UCB: the largest upper quantile of what a product may earn.

    Q(1 - 1/t; N(mean(a), sigma^2 / n(a))) = mean(a) + sigma z(1 - 1/t) / sqrt(n(a))

Kaufmann, Cappe and Garivier, On Bayesian upper confidence bounds for bandit problems, 2012, with
the c = 0 that they advise. Outcomes are sums in -1..1 and no yes or no, so the posterior is the
Gaussian one and not Beta. Its sigma is learned: the bounds fit the outcomes of a shop, rare as they
may be. Student's t of the paper has 10 + N degrees of freedom here, which is the normal one but for
the first rounds. `personalization.learning.product_outcomes` has mean, n and sigma.
"""

from statistics import NormalDist

import numpy as np

from personalization.domain.models.learned_model import LearnedModel
from personalization.policies.policy import FLOOR, Ballots, Policy, Question

_STANDARD = NormalDist()


def by_upper_quantile(question: Question) -> Ballots:
    products, given = question.models.products, question.parameters
    if products is None:
        raise question.missing_model()
    slope, prior = given["slope"], given["prior"]
    means = products.means(question.ranked.actions, slope, prior)
    # From 2 on: the first quantile is the median, which is in the order of the scores.
    t = 2 + products.rounds
    width = products.deviation(slope, prior) * _STANDARD.inv_cdf(1 - 1 / t)
    return question.ballots((means.mean + width / np.sqrt(means.n))[np.newaxis])


BAYES_UCB = Policy(
    name="bayes-ucb",
    parameters={"slope": 0.1, "prior": 100, "epsilon": FLOOR},
    words="takes the product that may well earn most, by what was learned of each",
    choice="the one that may well earn most of those that were left",
    ballots=by_upper_quantile,
    model=LearnedModel.PRODUCTS,
)
