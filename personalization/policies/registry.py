"""All policies by name; a new one is a file of its own and a line here."""

from collections.abc import Mapping

from personalization.policies.bayes_ucb import BAYES_UCB
from personalization.policies.earned import EARNED
from personalization.policies.epsilon_decreasing import EPSILON_DECREASING
from personalization.policies.epsilon_first import EPSILON_FIRST
from personalization.policies.epsilon_greedy import EPSILON_GREEDY
from personalization.policies.linucb import LINUCB
from personalization.policies.policy import Policy
from personalization.policies.prior_order import POPULARITY, RATED
from personalization.policies.regcb import REGCB
from personalization.policies.softmax import SOFTMAX
from personalization.policies.squarecb import SQUARECB
from personalization.policies.thompson_bag import THOMPSON_BAG
from personalization.policies.thompson_linear import THOMPSON_LINEAR
from personalization.policies.ucb import UCB

POLICIES: Mapping[str, Policy] = {
    policy.name: policy
    for policy in (
        EPSILON_GREEDY,
        EPSILON_DECREASING,
        EPSILON_FIRST,
        SOFTMAX,
        SQUARECB,
        EARNED,
        UCB,
        BAYES_UCB,
        LINUCB,
        REGCB,
        THOMPSON_BAG,
        THOMPSON_LINEAR,
        POPULARITY,
        RATED,
    )
}
