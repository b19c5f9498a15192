"""Epsilon-greedy: the best score, and with probability epsilon any action.

Sutton and Barto, Reinforcement Learning, 2018, section 2.2.
"""

from personalization.domain.draw import EPSILON
from personalization.policies.policy import Policy

EPSILON_GREEDY = Policy(
    name="epsilon-greedy",
    parameters={"epsilon": EPSILON},
    words="takes the best",
)
