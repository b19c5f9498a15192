"""Logged rounds as arrays: what was shown with which probability, and what the target would do."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from personalization.off_policy.errors import InvalidRoundsError
from personalization.off_policy.weighed_rounds import Indices, Numbers, WeighedRounds

SUM_TOLERANCE = 1e-6
"""How far a distribution's sum may be from 1: Vowpal Wabbit computes in single precision."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoggedRounds:
    """n rounds over at most k actions; shorter action sets are padded with probability 0.

    Raises `InvalidRoundsError` with what is wrong and in which round.
    """

    reward: Numbers
    """(n,) what came of the shown action."""
    propensity: Numbers
    """(n,) the logging policy's probability of it, in (0, 1]."""
    chosen: Indices
    """(n,) the index of the shown action."""
    target: Numbers
    """(n, k) the target policy's probability of every action."""
    predicted: Numbers
    """(n, k) the reward model's prediction for every action, made without the round itself."""
    session: Indices
    """(n,) rounds of one session depend on each other and share a number."""
    logging: Numbers | None = None
    """(n, k) the logging policy's probability of every action, where it is known."""

    def __post_init__(self) -> None:
        self._check_shapes()
        for name in ("reward", "propensity", "target", "predicted"):
            _refuse(~np.isfinite(getattr(self, name)), f"{name} is not finite")
        _refuse((self.propensity <= 0) | (self.propensity > 1), "propensity is not in (0, 1]")
        outside = (self.chosen < 0) | (self.chosen >= self.target.shape[1])
        _refuse(outside, "chosen is not an action")
        _check_distribution(self.target, "target")
        if self.logging is not None:
            _refuse(~np.isfinite(self.logging), "logging is not finite")
            _check_distribution(self.logging, "logging")
            off = np.abs(_at(self.logging, self.chosen) - self.propensity)
            _refuse(off > SUM_TOLERANCE, "propensity is not the logging policy's of the action")

    def _check_shapes(self) -> None:
        rounds = self.reward.shape
        if self.reward.ndim != 1 or self.target.ndim != 2:  # noqa: PLR2004 (rounds by actions)
            raise InvalidRoundsError("reward must be one number a round, target one an action.")
        for name in ("propensity", "chosen", "session"):
            if getattr(self, name).shape != rounds:
                raise InvalidRoundsError(f"{name} and reward differ in their number of rounds.")
        tables = [self.target, self.predicted]
        tables += [] if self.logging is None else [self.logging]
        if any(table.shape != (*rounds, self.target.shape[1]) for table in tables):
            raise InvalidRoundsError("target, predicted and logging must be of rounds by actions.")

    def weigh(self) -> WeighedRounds:
        unsupported = np.zeros_like(self.reward)
        if self.logging is not None:
            unsupported = np.where(self.logging > 0, 0.0, self.target).sum(axis=1)
        return WeighedRounds(
            reward=self.reward,
            weight=_at(self.target, self.chosen) / self.propensity,
            predicted_chosen=_at(self.predicted, self.chosen),
            predicted_target=np.einsum("ij,ij->i", self.target, self.predicted),
            unsupported=unsupported,
            session=self.session,
        )


def _at(table: Numbers, chosen: Indices) -> Numbers:
    found: Numbers = np.take_along_axis(table, chosen[:, None], axis=1)[:, 0]
    return found


def _check_distribution(table: Numbers, name: str) -> None:
    _refuse(table < 0, f"{name} has a negative probability")
    _refuse(np.abs(table.sum(axis=1) - 1) > SUM_TOLERANCE, f"{name} does not add up to 1")


def _refuse(wrong: npt.NDArray[np.bool_], what: str) -> None:
    if wrong.any():
        first = int(np.argwhere(wrong)[0][0])
        raise InvalidRoundsError(f"Round {first}: {what} ({int(wrong.sum())} such numbers).")
