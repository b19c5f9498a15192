"""SquareCB: inverse gap weighting.

    q(a) = 1 / (m + gamma (max s - s(a))), the best action has the rest

Foster and Rakhlin, Beyond UCB: optimal and efficient contextual bandits with regression oracles,
2020.
"""

from personalization.domain.draw import Kernel
from personalization.policies.policy import Policy

SQUARECB = Policy(
    name="squarecb",
    parameters={"gamma": 10_000.0, "epsilon": 0.0},
    words="takes the best mostly, and others the less the further behind they are",
    kernel=Kernel.SQUARECB,
    former_names={"sharpness": "gamma"},
)
