"""LinUCB: the largest upper confidence bound of a Bayesian linear regression.

    x . A^-1 b + alpha sqrt(x' A^-1 x)

Li, Chu, Langford and Schapire, A contextual-bandit approach to personalized news article
recommendation, 2010. `personalization.learning.linear_values` has A, b and x.
"""

from personalization.domain.models.learned_model import LearnedModel
from personalization.policies.policy import FLOOR, Ballots, Policy, Question


def by_confidence_bound(question: Question) -> Ballots:
    linear, ranked = question.models.linear, question.ranked
    if linear is None:
        raise question.missing_model()
    alpha = question.parameters["alpha"]
    return question.ballots(linear.optimistic(ranked.context, ranked.actions, alpha))


LINUCB = Policy(
    name="linucb",
    parameters={"alpha": 0.5, "epsilon": FLOOR},
    words="takes what could be best, given what the model does not know yet",
    choice="the most promising that was left, doubt included",
    ballots=by_confidence_bound,
    model=LearnedModel.LINEAR,
    former_names={"width": "alpha"},
)
