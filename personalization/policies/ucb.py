"""UCB: the largest mean of a product's outcomes, with what so few impressions leave open.

    mean(a) + c sqrt(ln N / n(a))

n(a) counts the impressions of the product that were learned, N those of all. Auer, Cesa-Bianchi and
Fischer, Finite-time analysis of the multiarmed bandit problem, 2002: UCB1, whose c is the root of 2
for rewards in 0..1 of any kind. `personalization.learning.product_outcomes` has mean and n.
"""

from math import log

import numpy as np

from personalization.domain.models.learned_model import LearnedModel
from personalization.policies.policy import FLOOR, Ballots, Policy, Question


def by_upper_bound(question: Question) -> Ballots:
    products, given = question.models.products, question.parameters
    if products is None:
        raise question.missing_model()
    means = products.means(question.ranked.actions, given["slope"], given["prior"])
    # ln 1 = 0 in the first round: the order of the scores.
    bounds = means.mean + given["c"] * np.sqrt(log(1 + products.rounds) / means.n)
    return question.ballots(bounds[np.newaxis])


UCB = Policy(
    name="ucb",
    parameters={"c": 0.3, "slope": 0.1, "prior": 100, "epsilon": FLOOR},
    words="takes the product that could earn most, given how seldom it was seen",
    choice="the one that could earn most of those that were left",
    ballots=by_upper_bound,
    model=LearnedModel.PRODUCTS,
)
