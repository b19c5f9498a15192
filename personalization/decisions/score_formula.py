"""What follows from the ingredients of scores by the blend's formula.

Relevances, priors, caps and scores follow from the ingredients, and the frame's numbers nearly do
(`personalization.ranking.blend`). The formula is written out here by itself, of operations that are
the same on all machines, each in a fixed order: it may never be changed, since records are read by
the one that they were written by. Actions and categories go through it together.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from math import nextafter

import msgspec
import numpy as np

from personalization.decisions.record_ledger import RecordLedger
from personalization.decisions.score_grid import ScoreGrid
from personalization.domain.action_table import Floats

_OLDEST = 1_000
_KNOWN_WEIGHTS = 256
"""Regions, seasons and signals that take part differ."""


class ScoreInputs(msgspec.Struct, frozen=True):
    """What scores are made of; rows are those of the grid."""

    grid: ScoreGrid
    chances: Floats
    rewards: Sequence[float]
    """Of each piece of evidence, times its freshness."""
    ages: Sequence[int]
    decay: float
    live_weight: float
    priors: tuple[str, ...]
    """Names, those of signals last."""
    signals: int
    weights: Mapping[str, float]
    """The tuning's, of priors of any scope."""
    category_priors: tuple[str, ...]
    category_weights: Mapping[str, float]


class FrameNumbers(msgspec.Struct, frozen=True):
    weights: Sequence[float]
    totals: Sequence[float]
    category_weights: Sequence[float]
    category_totals: Sequence[float]
    normalisers: Sequence[float]
    """Of actions, then of categories."""
    scales: Sequence[float]


class ScoreColumns(msgspec.Struct, frozen=True):
    """What follows; relevance and prior are those of actions, caps and scores of all rows."""

    relevance: Floats
    prior: Floats
    caps: Floats
    scores: Floats
    frames: FrameNumbers


def settle_scores(
    ledger: RecordLedger, inputs: ScoreInputs, known: ScoreColumns | None = None
) -> ScoreColumns:
    """Return what follows, which the writer of a record knows."""
    grid, chances, weight = inputs.grid, inputs.chances, inputs.live_weight
    shape, count, evidence = grid.shape, grid.shape.actions, grid.shape.evidence
    live = _sums(grid.numbers[:evidence], _settle_decays(ledger, inputs, known))
    frames = _settle_priors(ledger, inputs, known)
    units, signals = _units(frames), inputs.signals
    first, end = shape.priors - evidence - signals, shape.priors - evidence
    none, rest = [0.0] * (shape.adjusted - shape.priors), shape.width - shape.category_priors
    strengths = grid.numbers[evidence:]
    of_priors = [*units[:first], *[0.0] * signals, *none, *units[end:], *[0.0] * rest]
    prior = _sums(strengths, of_priors)
    signal = _sums(strengths[first:end], units[first:end])
    least = [_least(chances[:count]), _least(chances[count:])]
    masses = [_mass(live[:count]), _mass(live[count:])]
    normalisers = ledger.few(
        [each * mass for each, mass in zip(least, masses, strict=True)],
        None if known is None else known.frames.normalisers,
    )
    weighed = _EvidenceShare(
        live[:count], signal[:count], weight, sum_in_order(frames.weights[first:])
    )
    relevance = weighed.settle(ledger, normalisers[0] / least[0], known)
    prior_share = ledger.follow(prior[:count], None if known is None else known.prior)
    sizes = [count, shape.categories]
    share = live * chances / np.array(normalisers).repeat(sizes)
    cap = 1.0 / np.maximum(np.abs(share), 1.0)
    caps = ledger.follow(cap, None if known is None else known.caps)
    blended = weight * share * caps + (1 - weight) * (prior + signal)
    best = [_best(blended[:count]), _best(blended[count:])]
    scales = ledger.few(best, None if known is None else known.frames.scales)
    scores = blended / np.array(scales).repeat(sizes)
    if none or rest:
        others = [0.0] * (shape.category_priors - shape.adjusted)
        moves = [*[0.0] * end, *[1.0] * (shape.adjusted - shape.priors), *others, *[1.0] * rest]
        scores += _sums(strengths, moves)
    scores = ledger.follow(scores, None if known is None else known.scores)
    frames = FrameNumbers(
        frames.weights, frames.totals, frames.category_weights, frames.category_totals,
        normalisers, scales,
    )  # fmt: skip
    return ScoreColumns(relevance, prior_share, caps, scores, frames)


class _EvidenceShare(msgspec.Struct, frozen=True):
    live: Floats
    signal: Floats
    weight: float
    signal_weight: float

    def settle(self, ledger: RecordLedger, mass: float, known: ScoreColumns | None) -> Floats:
        """Return the relevance of actions; the live numbers' total is nearly `mass`."""
        if known is None:
            true = ledger.few([mass], None)[0]
            return ledger.follow(self._relevance(true), None)
        wanted = known.relevance.tobytes()
        for true in (mass, nextafter(mass, 0.0), nextafter(mass, 2 * mass)):
            found = self._relevance(true)
            if found.tobytes() == wanted:
                break
        ledger.few([mass], [true])
        return ledger.follow(found, known.relevance)

    def _relevance(self, mass: float) -> Floats:
        shares = np.where(self.live > 0, self.live / mass, 0.0)
        if not self.signal_weight or not self.weight:
            return shares
        ratio = (1 - self.weight) / self.weight
        return (shares + ratio * self.signal) / (1 + ratio * self.signal_weight)


def sum_in_order(numbers: Iterable[float]) -> float:
    """Return the sum from left to right, which newer versions of Python's own is not."""
    total = 0.0
    for number in numbers:
        total += number
    return total


def _settle_decays(
    ledger: RecordLedger, inputs: ScoreInputs, known: ScoreColumns | None
) -> Sequence[float]:
    """Return what evidence weighs: a power's last bits are the business of each machine."""
    rewards, ages, decay = inputs.rewards, inputs.ages, inputs.decay
    oldest = max(ages, default=0)
    if oldest > _OLDEST or min(ages, default=0) < 0:
        raise ValueError("A piece of evidence has an impossible age.")
    powers = [1.0]
    for _ in range(oldest):
        powers += [powers[-1] * decay]
    expected = [reward * powers[age] for reward, age in zip(rewards, ages, strict=True)]
    if known is None:
        return ledger.few(expected, None)
    return ledger.few(
        expected, [reward * decay**age for reward, age in zip(rewards, ages, strict=True)]
    )


def _settle_priors(
    ledger: RecordLedger, inputs: ScoreInputs, known: ScoreColumns | None
) -> FrameNumbers:
    shape = inputs.grid.shape
    evidence, priors = shape.evidence, shape.priors
    sums = np.add.accumulate(inputs.grid.numbers, axis=1)[:, -1].tolist()
    totals = [total or 1.0 for total in sums]
    named = inputs.priors[: priors - evidence - inputs.signals]
    expected = [
        *_expected_weights(named, tuple(inputs.weights.items())), *[0.0] * inputs.signals,
        *totals[evidence:priors],
        *_expected_weights(inputs.category_priors, tuple(inputs.category_weights.items())),
        *totals[shape.adjusted : shape.category_priors],
    ]  # fmt: skip
    if known is not None:
        frames = known.frames
        kept = (
            frames.weights, frames.totals, frames.category_weights, frames.category_totals,
        )  # fmt: skip
        ledger.few(expected, list(chain.from_iterable(kept)))
        return frames
    count = priors - evidence
    found = ledger.few(expected, None)
    middle = 2 * count + (len(found) - 2 * count) // 2
    return FrameNumbers(
        found[:count], found[count : 2 * count], found[2 * count : middle], found[middle:], (), ()
    )


@lru_cache(_KNOWN_WEIGHTS)
def _expected_weights(
    names: tuple[str, ...], weights: tuple[tuple[str, float], ...]
) -> tuple[float, ...]:
    of = dict(weights)
    given = [of.get(name.partition(":")[0], 0.0) for name in names]
    whole = sum_in_order(given) or 1.0
    return tuple([weight / whole for weight in given])


def _units(frames: FrameNumbers) -> list[float]:
    """Return what a strength of 1 gives to the prior share, of actions, then of categories."""
    weights = *frames.weights, *frames.category_weights
    totals = *frames.totals, *frames.category_totals
    pairs = zip(weights, totals, strict=True)
    return [weight / total if total else 0.0 for weight, total in pairs]


def _sums(numbers: Floats, weights: Sequence[float]) -> Floats:
    """Return the sum of each column, its rows weighted, added one after the other."""
    if not weights:
        return np.zeros(numbers.shape[1])
    sums: Floats = np.add.accumulate(np.array(weights)[:, np.newaxis] * numbers, axis=0)[-1]
    return sums + 0.0


def _least(chances: Floats) -> float:
    possible = chances[chances > 0]
    return float(np.minimum.reduce(possible)) if possible.size else 1.0


def _mass(live: Floats) -> float:
    positive = live[live > 0]
    return float(np.add.accumulate(positive)[-1]) if positive.size else 1.0


def _best(blended: Floats) -> float:
    best = float(np.maximum.reduce(blended, initial=0.0))
    return best if best > 0 else 1.0
