"""Earned: what the plain score s foretells, times what a product earned against that.

    v(a) = (alpha + beta s(a)) m(a),    e(a) = sum over impressions of (alpha + beta s)
    m(a) = (prior + r(a)) / (prior + e(a))
    pulled to 1 by doubt sqrt(prior + r(a)) / (prior + e(a))

r(a) is what the product's impressions earned, e(a) what their scores foretold, both in clicks. m is
the mean of a Gamma posterior (Robbins, An empirical Bayes approach to statistics, 1956; Gamma and
Poisson: Casella 1985) less its deviations: a product leaves the ranking's order only where its own
bound says so. alpha and beta are a least-squares line over the action set, first through 0. So
before the first round, and while nothing was earned, the actions are in the order of the blend.

Plain scores leave out what the base model prefers: its favourite, always first, earned less than
the ranking's own in most simulated shops, and made what a score foretells change with it. Boosts
are added to v at the worth of a score.
"""

import numpy as np

from personalization.domain.draw import EPSILON
from personalization.domain.models.learned_model import LearnedModel
from personalization.policies.plain_scores import plain_scores, relevance_weight
from personalization.policies.policy import Ballots, Policy, Question
from personalization.ports.value_models import Values

CLICK = 0.25
"""Outcome of a click, with the few that end with an order."""
LINE_PRIOR = 50.0
"""The line through 0 weighs like so many impressions of a score one away from the mean."""


def by_earnings(question: Question) -> Ballots:
    products, given = question.models.products, question.parameters
    if products is None:
        raise question.missing_model()
    ranked = question.ranked
    actions = ranked.actions
    now = plain_scores(actions, relevance_weight(ranked.live_weight, ranked.frame))
    learned = products.earnings(actions)
    seen, earned = learned.impressions, learned.outcomes
    alpha, beta = 0.0, 1.0
    factor: Values = np.ones(len(actions))
    if np.any(earned > 0):
        alpha, beta = _line(seen, earned, learned.plain)
        foretold = np.maximum(alpha * seen + beta * learned.plain, 0) / CLICK
        factor = _factor(np.maximum(earned, 0) / CLICK, foretold, given["prior"], given["doubt"])
    added = [sum([number for _, number in action.ingredients.adjustments]) for action in actions]
    values = (alpha + beta * now) * factor + (alpha + beta) * np.array(added)
    # Only what the shopper disliked has a score below 0; among plain ones it is last, too.
    disliked = np.array([action.score < 0 for action in actions])
    return question.ballots(np.where(disliked, -1.0, values)[np.newaxis])


def _line(seen: Values, earned: Values, scores: Values) -> tuple[float, float]:
    """Return alpha and beta of outcomes by scores, products weighted by their impressions."""
    count, whole = float(seen.sum()), max(float(earned.sum()), 0.0)
    means, rates = scores / np.maximum(seen, 1), earned / np.maximum(seen, 1)
    mean, rate = float(scores.sum()) / count, whole / count
    proportional = rate / max(mean, 1e-9)
    apart = seen * (means - mean)
    spread = float((apart * (means - mean)).sum())
    shared = float((apart * (rates - rate)).sum())
    slope = (shared + LINE_PRIOR * proportional) / (spread + LINE_PRIOR)
    beta = min(max(slope, 0.0), proportional)
    return rate - beta * mean, beta


def _factor(earned: Values, foretold: Values, prior: float, doubt: float) -> Values:
    factor = (prior + earned) / (prior + foretold)
    width = doubt * np.sqrt(prior + earned) / (prior + foretold)
    low, high = np.maximum(1, factor - width), np.minimum(1, factor + width)
    pulled: Values = np.where(factor > 1, low, high)
    return pulled


EARNED = Policy(
    name="earned",
    parameters={"prior": 10, "doubt": 2, "epsilon": EPSILON},
    words="takes the best score, corrected where products surely earned more or less than foretold",
    choice="the best that was left by score and by what it earned",
    ballots=by_earnings,
    model=LearnedModel.PRODUCTS,
    goes_by_plain_scores=True,
)
