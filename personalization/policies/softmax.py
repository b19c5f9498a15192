"""Softmax, or Boltzmann exploration: draws by score, the better the more often.

    q(a) = exp(inverse_temperature s(a)) / sum_b exp(inverse_temperature s(b))

Sutton and Barto, Reinforcement Learning, 2018, section 2.8.
"""

from personalization.domain.draw import Kernel
from personalization.policies.policy import FLOOR, Policy

SOFTMAX = Policy(
    name="softmax",
    parameters={"inverse_temperature": 200.0, "epsilon": FLOOR},
    words="draws by score: the better, the more often",
    kernel=Kernel.SOFTMAX,
    former_names={"sharpness": "inverse_temperature"},
)
