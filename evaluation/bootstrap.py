"""Intervals by the bootstrap over sessions, whose queries depend on each other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.next_item import QueryRanks

RESAMPLES = 1_000
"""Of which the 25th from either end bound 95 %."""
_AT_ONCE = 50
_TAILS = (2.5, 97.5)
Floats = NDArray[np.float64]
FIGURES = (
    "hit_rate",
    "mean_reciprocal_rank",
    "hit_rate_new",
    "mean_reciprocal_rank_new",
    "hit_rate_without_seen",
    "mean_reciprocal_rank_without_seen",
)


@dataclass(frozen=True, slots=True)
class FigureEstimate:
    """A figure, with the interval in which it lies in 95 % of the resamples."""

    value: float
    low: float
    high: float


Estimates = Mapping[str, FigureEstimate]
"""Figure -> its estimate."""


@dataclass(frozen=True, slots=True)
class Ratios:
    """Figures as sums over each session's queries, divided by how many are counted."""

    sums: Floats
    """Sessions x figures."""
    counts: Floats

    @classmethod
    def of(
        cls, ranks: Sequence[QueryRanks], repeats: NDArray[np.bool_], sessions: NDArray[np.int64]
    ) -> "Ratios":
        """Take the ranks of queries, whether their target was seen, and their sessions."""
        given, unseen = (
            _reciprocals([rank.given for rank in ranks]),
            _reciprocals([rank.unseen for rank in ranks]),
        )
        new = ~repeats
        every = np.ones(len(ranks))
        columns = (
            (given > 0, every), (given, every), ((given > 0) & new, new), (given * new, new),
            (unseen > 0, new), (unseen, new),
        )  # fmt: skip
        size = int(sessions.max()) + 1 if len(sessions) else 0
        sums = [np.bincount(sessions, values, size) for values, _ in columns]
        counts = [np.bincount(sessions, counted, size) for _, counted in columns]
        return cls(np.stack(sums, axis=1), np.stack(counts, axis=1))


def bootstrap(ratios: Mapping[str, Ratios], seed: int, resamples: int = RESAMPLES) -> "Resampled":
    """Return what the figures of several rankings are in the same resamples of sessions."""
    names = list(ratios)
    sums = np.concatenate([ratios[name].sums for name in names], axis=1)
    counts = np.concatenate([ratios[name].counts for name in names], axis=1)
    drawn = [
        _divide(weights @ sums, weights @ counts)
        for weights in _weights(len(sums), resamples, np.random.default_rng(seed))
    ]
    whole = _divide(sums.sum(axis=0), counts.sum(axis=0))
    width = len(FIGURES)
    places = {name: slice(width * at, width * (at + 1)) for at, name in enumerate(names)}
    return Resampled(whole, np.concatenate(drawn), places)


@dataclass(frozen=True, slots=True)
class Resampled:
    whole: Floats
    """Figures of all sessions, of one ranking behind the other."""
    drawn: Floats
    """Resamples x figures."""
    places: Mapping[str, slice]
    """Ranking -> its columns."""

    def estimates(self, name: str) -> Estimates:
        place = self.places[name]
        return _estimates(self.whole[place], self.drawn[:, place])

    def differences(self, name: str, other: str) -> Estimates:
        """Return by how much one ranking is better than the other, in the same resamples."""
        place, base = self.places[name], self.places[other]
        drawn = self.drawn[:, place] - self.drawn[:, base]
        return _estimates(self.whole[place] - self.whole[base], drawn)


def _weights(sessions: int, resamples: int, random: np.random.Generator) -> Iterator[Floats]:
    """Yield how often each session is drawn, some resamples at a time."""
    for first in range(0, resamples, _AT_ONCE):
        rows = min(_AT_ONCE, resamples - first)
        drawn = random.integers(sessions, size=(rows, sessions))
        drawn += np.arange(rows)[:, np.newaxis] * sessions
        counts = np.bincount(drawn.ravel(), minlength=rows * sessions)
        yield counts.reshape(rows, sessions).astype(np.float64)


def _reciprocals(ranks: Sequence[int | None]) -> Floats:
    """Return 1 / rank, and 0 where there is none."""
    return np.array([0.0 if rank is None else 1.0 / rank for rank in ranks])


def _divide(sums: Floats, counts: Floats) -> Floats:
    """Return the quotients; 0 where nothing was counted."""
    return np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)


def _estimates(whole: Floats, drawn: Floats) -> Estimates:
    lows, highs = np.percentile(drawn, _TAILS, axis=0)
    rows = zip(FIGURES, whole.tolist(), lows.tolist(), highs.tolist(), strict=True)
    return {name: FigureEstimate(value, low, high) for name, value, low, high in rows}
