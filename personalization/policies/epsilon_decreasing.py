"""Epsilon-decreasing: explores less with each round that was learned.

    epsilon_t = max(floor, epsilon halfway / (halfway + t))

after t rounds (Auer, Cesa-Bianchi and Fischer, Finite-time analysis of the multiarmed bandit
problem, 2002, with a floor).
"""

from personalization.policies.policy import FLOOR, Parameters, Policy


def epsilon_after(parameters: Parameters, rounds: int) -> float:
    halfway = parameters["halfway"]
    return max(parameters["floor"], parameters["epsilon"] * halfway / (halfway + rounds))


EPSILON_DECREASING = Policy(
    name="epsilon-decreasing",
    parameters={"epsilon": 1.0, "halfway": 2_000, "floor": FLOOR},
    words="takes the best, and tries others less and less",
    epsilon=epsilon_after,
)
