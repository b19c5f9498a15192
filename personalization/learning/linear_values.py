"""Expected outcomes by Bayesian linear regression: what LinUCB and linear Thompson sampling ask.

An outcome is r = x . theta + noise with theta ~ N(theta_0, I / RIDGE). After rounds (x, r):

    A = RIDGE I + sum x x',   b = RIDGE theta_0 + sum r x,   theta ~ N(A^-1 b, v^2 A^-1)

A and b are the whole of what was learned. LinUCB takes x . A^-1 b + alpha sqrt(x' A^-1 x) (Li and
others, A contextual-bandit approach to personalized news article recommendation, 2010), Thompson
sampling draws theta (Agrawal and Goyal, Thompson sampling for contextual bandits with linear
payoffs, 2013).

x is a constant and three numbers of the action, the blended score and the roots of its relevance
and prior, each by itself and crossed with the context. theta_0 says that outcomes rise with the
score: before the first round the actions are in the order of the blend, and what is learned are
corrections of it. Roots, since relevance and prior are shares of a hundred actions: of numbers
that small a ridge would leave nothing.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache, partial
from io import BytesIO

import numpy as np
import numpy.typing as npt

from personalization.domain.context import Context, Daypart, Season
from personalization.domain.decision import Action
from personalization.domain.errors import RefusedSnapshotError
from personalization.domain.event import Device
from personalization.ports.policy import LearningRound
from personalization.ports.value_models import Samples

Floats = npt.NDArray[np.float64]

LINEAR_PART = "linear.npy"
"""Its part of a snapshot."""
RIDGE = 1.0
"""Weighs like one round against the evidence."""
FIRST_SLOPE = 0.1
"""theta_0 of the score: the outcome that the best action of a set is believed to have."""
_MANY_CLICKS = 6
"""Sessions of this many interactions or more look alike, as they do to Vowpal Wabbit."""
_NUMBERS = 3
_LEVELS = [
    "any",
    *(f"clicks={number}" for number in range(_MANY_CLICKS + 1)),
    *(f"device={device}" for device in Device),
    *(f"daypart={daypart}" for daypart in Daypart),
    *(f"season={season}" for season in Season),
]
"""What a number of the action is crossed with. Regions and categories are left out: nobody knows
how many a shop has."""
_PLACES = {level: place for place, level in enumerate(_LEVELS)}
DIMENSIONS = 1 + _NUMBERS * len(_LEVELS)
_REDUCED = 1 + _NUMBERS


def numbers_of(actions: Iterable[tuple[float, float, float]]) -> Floats:
    """Return the actions' own part of x from (score, relevance, prior): (actions, 4)."""
    rows = np.array(list(actions), dtype=np.float64).reshape(-1, _NUMBERS)
    rows[:, 1:] = np.sqrt(np.maximum(rows[:, 1:], 0.0))
    return np.hstack([np.ones((len(rows), 1)), rows])


def _levels(context: Context) -> tuple[int, ...]:
    return (
        _PLACES["any"],
        _PLACES[f"clicks={min(context.interaction_count, _MANY_CLICKS)}"],
        _PLACES[f"device={context.device}"],
        _PLACES[f"daypart={context.daypart}"],
        _PLACES[f"season={context.season}"],
    )


@lru_cache(maxsize=1_000)
def _crossing(levels: tuple[int, ...]) -> Floats:
    """Return the matrix that makes x of the actions' own part: (DIMENSIONS, 4)."""
    crossing = np.zeros((DIMENSIONS, _REDUCED))
    crossing[0, 0] = 1.0
    for number in range(_NUMBERS):
        first = 1 + number * len(_LEVELS)
        crossing[[first + level for level in levels], 1 + number] = 1.0
    return crossing


class LinearLearner:
    """Implements `PolicyLearner` with A and b, which are its whole state."""

    def __init__(self, state: bytes | None) -> None:
        self._state = _read(state)

    def learn(self, rounds: Sequence[LearningRound]) -> None:
        """Learn outcomes; a correction takes the old outcome out, propensities play no part."""
        precision, moment = self._state[:-1], self._state[-1]
        for round_ in rounds:
            shown = round_.shown_candidate
            (numbers,) = numbers_of([(round_.score, shown.relevance, shown.prior)])
            features = _crossing(_levels(round_.context)) @ numbers
            if round_.corrects is None:
                precision += np.outer(features, features)
            moment += (round_.outcome - (round_.corrects or 0.0)) * features

    def dump(self) -> bytes:
        """Return A with b below it; raises `RefusedSnapshotError` for a sum that is not finite."""
        if not np.isfinite(self._state).all():
            raise RefusedSnapshotError("The linear model is not promoted: a sum is not finite.")
        file = BytesIO()
        np.save(file, self._state, allow_pickle=False)
        return file.getvalue()


class LinearValues:
    """What a state says of actions. It never changes: any number of threads may ask."""

    def __init__(self, state: bytes | None) -> None:
        read = _read(state)
        covariance = np.asarray(np.linalg.inv(read[:-1]), np.float64)
        # Bound to no method of ours: what was replaced goes at once, not when cycles are collected.
        reduce = partial(_reduce, covariance @ read[-1], covariance)
        self._reduced = lru_cache(maxsize=1_000)(reduce)

    def optimistic(self, context: Context, actions: Sequence[Action], alpha: float) -> Floats:
        """Return the upper confidence bound of each action: (1, actions)."""
        numbers = _numbers(actions)
        mean, covariance = self._reduced(_levels(context))
        variance = np.einsum("ai,ij,aj->a", numbers, covariance, numbers)
        bounds: Floats = (numbers @ mean + alpha * np.sqrt(variance))[np.newaxis]
        return bounds

    def sample(self, context: Context, actions: Sequence[Action], samples: Samples) -> Floats:
        """Return values under draws of theta, as one context sees it: (members, actions)."""
        mean, covariance = self._reduced(_levels(context))
        root = np.linalg.cholesky(covariance)
        shape = (samples.members, _REDUCED)
        standard = np.random.default_rng(samples.seed).standard_normal(shape)
        drawn = mean + samples.v * standard @ root.T
        values: Floats = drawn @ _numbers(actions).T
        return values


def _reduce(mean: Floats, covariance: Floats, levels: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Return mean and covariance of theta as one context sees it: (4,) and (4, 4)."""
    crossing = _crossing(levels)
    return crossing.T @ mean, crossing.T @ covariance @ crossing


def _numbers(actions: Sequence[Action]) -> Floats:
    return numbers_of((action.score, action.relevance, action.prior) for action in actions)


def _read(state: bytes | None) -> Floats:
    if state is not None:
        read: Floats = np.load(BytesIO(state), allow_pickle=False)
        return read
    cold = np.vstack([RIDGE * np.eye(DIMENSIONS), np.zeros((1, DIMENSIONS))])
    cold[-1, 1 + _PLACES["any"]] = RIDGE * FIRST_SLOPE
    return cold
