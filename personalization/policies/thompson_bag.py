"""Thompson sampling by online bootstrap: models of different samples vote for their best.

Eckles and Kaptein, Thompson sampling with the online bootstrap, 2014. To each member's value
`slope` times the blended score is added, so that members who know nothing vote by the score.
"""

import numpy as np

from personalization.domain.models.learned_model import LearnedModel
from personalization.policies.policy import FLOOR, Ballots, Policy, Question


def by_members(question: Question) -> Ballots:
    bag, parameters = question.models.bag, question.parameters
    if bag is None:
        raise question.missing_model()
    values = bag.values(question.ranked.context, question.candidates())
    scores = np.array([action.score for action in question.ranked.actions])
    return question.ballots(values[: int(parameters["members"])] + parameters["slope"] * scores)


THOMPSON_BAG = Policy(
    name="thompson-bag",
    parameters={"members": 10, "slope": 0.1, "epsilon": FLOOR},
    words="lets models of different samples vote for their best",
    ballots=by_members,
    model=LearnedModel.BAG,
)
