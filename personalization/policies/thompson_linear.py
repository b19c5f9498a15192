"""Thompson sampling on a Bayesian linear regression: each sample votes for its best action.

    theta ~ N(A^-1 b, v^2 A^-1)

Agrawal and Goyal, Thompson sampling for contextual bandits with linear payoffs, 2013. Several
samples share a draw, so that the propensities can be told from the votes.
"""

from personalization.domain.models.learned_model import LearnedModel
from personalization.policies.policy import FLOOR, Ballots, Policy, Question
from personalization.ports.value_models import Samples


def by_samples(question: Question) -> Ballots:
    linear, ranked = question.models.linear, question.ranked
    if linear is None:
        raise question.missing_model()
    members, v = int(question.parameters["members"]), question.parameters["v"]
    samples = Samples(members, v, question.seed)
    return question.ballots(linear.sample(ranked.context, ranked.actions, samples))


THOMPSON_LINEAR = Policy(
    name="thompson-linear",
    parameters={"members": 20, "v": 0.2, "epsilon": FLOOR},
    words="lets samples of what the model may be vote for their best",
    ballots=by_samples,
    model=LearnedModel.LINEAR,
    former_names={"width": "v"},
)
