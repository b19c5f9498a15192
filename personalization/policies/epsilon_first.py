"""Epsilon-first: explores only, until so many rounds were learned; then hardly ever.

Also called explore-then-commit (Lattimore and Szepesvari, Bandit Algorithms, 2020, chapter 6).
"""

from personalization.policies.policy import FLOOR, Parameters, Policy


def epsilon_after(parameters: Parameters, rounds: int) -> float:
    return 1.0 if rounds < parameters["rounds"] else parameters["floor"]


EPSILON_FIRST = Policy(
    name="epsilon-first",
    parameters={"rounds": 5_000, "floor": FLOOR},
    words="tries everything evenly at first, then takes the best",
    epsilon=epsilon_after,
)
