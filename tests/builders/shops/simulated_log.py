"""Simulates logs of an epsilon-greedy bandit in a world whose values are known."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from personalization.off_policy.logged_rounds import LoggedRounds
from personalization.off_policy.weighed_rounds import Numbers

_CONTEXTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedWorld:
    """Click probabilities by context and action, with the policies of log and target."""

    clicks: Numbers
    logging: Numbers
    target: Numbers
    model: Numbers
    """The reward model's predictions: too high, and off by a third, as a real one's might be."""
    session_size: int = 1

    @classmethod
    def make(
        cls, *, actions: int, rate: float, epsilon: float, target: str, session_size: int = 1
    ) -> Self:
        """Return a seeded world; `target` is uniform, greedy, or a softer mixture of both."""
        generator = np.random.default_rng([actions, round(1 / rate), session_size])
        shape = (_CONTEXTS, actions)
        clicks = np.clip(rate * np.exp(generator.normal(0, 0.7, shape)), 0, 0.5)
        uniform = np.full(shape, 1 / actions)
        greedy = np.eye(actions)[generator.integers(actions, size=_CONTEXTS)]
        targets = {"uniform": uniform, "greedy": greedy, "mixed": 0.5 * uniform + 0.5 * greedy}
        return cls(
            clicks=clicks,
            logging=epsilon * uniform + (1 - epsilon) * greedy,
            target=targets[target],
            model=np.clip(clicks * np.exp(generator.normal(0.2, 0.3, shape)), 0, 1),
            session_size=session_size,
        )

    @property
    def truth(self) -> float:
        """The target's value."""
        return float((self.target * self.clicks).sum(axis=1).mean())

    def log(self, rounds: int, seed: int) -> LoggedRounds:
        """Return a log; the rounds of a session share its context and the shopper's eagerness."""
        generator = np.random.default_rng(seed)
        sessions, size = rounds // self.session_size, self.session_size
        context = np.repeat(generator.integers(_CONTEXTS, size=sessions), size)
        eager = generator.uniform(0.2, 1.8, sessions) if size > 1 else np.ones(sessions)
        drawn = generator.random(len(context))
        beyond = (drawn[:, None] > self.logging.cumsum(axis=1)[context]).sum(axis=1)
        chosen = np.minimum(beyond, self.clicks.shape[1] - 1)
        chance = self.clicks[context, chosen] * np.repeat(eager, size)
        return LoggedRounds(
            reward=(generator.random(len(context)) < chance).astype(np.float64),
            propensity=self.logging[context, chosen],
            chosen=chosen,
            target=self.target[context],
            predicted=self.model[context],
            session=np.repeat(np.arange(sessions), size),
            logging=self.logging[context],
        )
