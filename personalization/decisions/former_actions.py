"""Reads the actions of a decision as earlier releases kept them: by columns, beside its JSON.

Relevance, prior, cap and score of an action follow from its ingredients by the blend's formula
(`personalization.ranking.blend`), and a column that followed to the last bit was left out. The
formula is written out here by itself, since records must be read by the one that they were written
by.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

import msgspec

from personalization.codec.float_planes import from_planes
from personalization.domain.action_table import Sparse
from personalization.domain.decision import Action, ActionSource, Decision, Ingredients
from personalization.domain.identifiers import CategoryId, ProductId

_SPARSE = 3
"""Kinds of pairs: relevances, strengths, adjustments."""


class ActionNames(msgspec.Struct, array_like=True):
    """What of the actions is text: each category and each set of sources once."""

    products: tuple[ProductId, ...] = ()
    categories: tuple[CategoryId, ...] = ()
    sources: tuple[tuple[ActionSource, ...], ...] = ()
    omitted: tuple[bool, ...] = ()
    """Whether relevance, prior, cap and score follow."""
    chances: int = 0
    """How many different probabilities there are; 0 where each action has its own."""
    weights: int = 0
    """How many pieces of evidence there are."""
    signals: int = 0
    """How many of the frame's priors are signals; they are the last."""


class FormerActions(NamedTuple):
    names: ActionNames
    codes: bytes
    """Small integers: categories, sources, counts of pairs, their indexes, probabilities."""
    numbers: bytes
    """Floats in planes: those of pairs, evidence's weights, mass, probabilities, kept columns."""


def read_actions(decision: Decision, columns: FormerActions) -> tuple[Action, ...]:
    """Return the actions of a decision that was kept without them."""
    names, count = columns.names, len(columns.names.products)
    if not count:
        return ()
    cut = _Cut.of(columns)
    different, rest = cut.numbers[: names.chances], cut.numbers[names.chances :]
    chances = [different[code] for code in cut.chance_codes] if different else rest[:count]
    kept = iter(rest if different else rest[count:])
    relevances, strengths, adjustments = cut.pairs
    ingredients = _FormulaInput(cut.weights, chances, relevances, strengths)
    formula = _Formula(decision, names.signals, ingredients)

    def column(number: int, follow: Callable[[], list[float]]) -> list[float]:
        return follow() if names.omitted[number] else [next(kept) for _ in range(count)]

    relevance = column(0, lambda: formula.relevance(cut.mass))
    prior = column(1, formula.prior)
    caps = column(2, formula.cap)
    score = column(3, lambda: formula.score(caps))
    made_of = map(Ingredients, chances, caps, relevances, strengths, adjustments)
    categories = map(names.categories.__getitem__, cut.category_codes)
    sources = map(names.sources.__getitem__, cut.source_codes)
    return tuple(map(Action, names.products, categories, sources, relevance, prior, score, made_of))


def read_strengths(columns: FormerActions) -> dict[ProductId, Sparse]:
    """Return the strengths of each action and work out nothing else."""
    if not columns.names.products:
        return {}
    _, strengths, _ = _Cut.of(columns).pairs
    return dict(zip(columns.names.products, strengths, strict=True))


class _Cut(NamedTuple):
    """The columns, cut to pieces; `numbers` has what comes after the mass."""

    category_codes: bytes
    source_codes: bytes
    chance_codes: bytes
    pairs: list[list[Sparse]]
    """Of relevances, strengths and adjustments, each action's."""
    weights: list[float]
    mass: float
    numbers: list[float]

    @classmethod
    def of(cls, columns: FormerActions) -> "_Cut":
        codes, count = columns.codes, len(columns.names.products)
        counts_end = (2 + _SPARSE) * count
        counts = codes[2 * count : counts_end]
        indexes_end = counts_end + sum(counts)
        indexes, numbers = codes[counts_end:indexes_end], from_planes(columns.numbers)
        flat = list(zip(indexes, numbers, strict=False))
        cuts = [tuple(flat[start:end]) for start, end in pairwise(accumulate(counts, initial=0))]
        mass_at = len(indexes) + columns.names.weights
        return cls(
            codes[:count],
            codes[count : 2 * count],
            codes[indexes_end:],
            [cuts[start : start + count] for start in range(0, _SPARSE * count, count)],
            numbers[len(indexes) : mass_at],
            numbers[mass_at],
            numbers[mass_at + 1 :],
        )


class _FormulaInput(NamedTuple):
    weights: Sequence[float]
    """What each piece of evidence weighs."""
    chances: Sequence[float]
    relevances: Sequence[Sparse]
    strengths: Sequence[Sparse]


class _Formula:
    """The blend, operation by operation as it was when this form of records came."""

    def __init__(self, decision: Decision, signals: int, made_of: _FormulaInput) -> None:
        terms = decision.frame.priors
        first = len(terms) - signals
        units = [term.weight / term.total for term in terms]
        self._weight, self._frame, self._chances = (
            decision.live_weight,
            decision.frame,
            made_of.chances,
        )
        self._signal_weight = sum(term.weight for term in terms[first:])
        self._live = _sums(made_of.weights, made_of.relevances)
        self._prior = _sums(units[:first] + [0.0] * signals, made_of.strengths)
        of_signals = [0.0] * first + units[first:]
        none = [0.0] * len(made_of.chances)
        self._signals = _sums(of_signals, made_of.strengths) if signals else none
        normaliser = decision.frame.normaliser
        pairs = zip(self._live, made_of.chances, strict=True)
        self._shares = [number * chance / normaliser for number, chance in pairs]

    def relevance(self, mass: float) -> list[float]:
        shares = [number / mass if number > 0 else 0.0 for number in self._live]
        if not self._signal_weight:
            return shares
        ratio = (1 - self._weight) / self._weight
        total = 1 + ratio * self._signal_weight
        both = zip(shares, self._signals, strict=True)
        return [(share + ratio * signal) / total for share, signal in both]

    def prior(self) -> list[float]:
        return self._prior

    def cap(self) -> list[float]:
        return [1.0 if -1.0 <= share <= 1.0 else 1.0 / abs(share) for share in self._shares]

    def score(self, caps: Sequence[float]) -> list[float]:
        weight, rest, scale = self._weight, 1 - self._weight, self._frame.scale
        parts = zip(self._shares, caps, self._prior, self._signals, strict=True)
        return [
            (weight * share * cap + rest * (prior + signal)) / scale
            for share, cap, prior, signal in parts
        ]


def _sums(weights: Sequence[float], sparse: Sequence[Sparse]) -> list[float]:
    sums = [0.0] * len(sparse)
    for place, pairs in enumerate(sparse):
        total = 0.0
        for index, number in pairs:
            total += weights[index] * number
        sums[place] = total
    return sums
