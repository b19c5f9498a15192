"""What the night asks of its last sessions: which of the candidates comes next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from personalization.neighbours.past_session import VisitStep
from personalization.neighbours.session_index import SessionIndex
from personalization.ranking.signals.registry import SIGNALS
from personalization.ranking.signals.signal import ReadsStrengths, SessionVisit

CUTOFF = 20
_CANDIDATES = 60
"""Of each part."""

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Questions:
    shares: npt.NDArray[np.float64]
    """By question, by part (the live one, then every signal), by candidate; 0 where there are
    fewer candidates."""
    targets: npt.NDArray[np.int64]
    """Which candidate came next; -1 where it is none."""

    def target_shares(self) -> Matrix:
        """Return the shares of what came next, a row for each question that has it."""
        known = self.targets >= 0
        return self.shares[known, :, self.targets[known]]

    def part(self, kept: npt.NDArray[np.bool_]) -> "Questions":
        return Questions(self.shares[kept], self.targets[kept])

    def quality(self, factors: Sequence[float]) -> float:
        """Return HR@20 + MRR@20; of equal scores the first candidate counts as the better one."""
        known = self.targets >= 0
        targets = self.targets[known][:, None]
        scores = np.tensordot(self.shares[known], np.asarray(factors), axes=(1, 0))
        own = np.take_along_axis(scores, targets, axis=1)
        earlier = np.arange(scores.shape[1]) < targets
        ranks = 1 + ((scores > own) | ((scores == own) & earlier)).sum(axis=1)
        found = ranks[ranks <= CUTOFF]
        return float((1 + 1 / found).sum() / max(1, len(self.targets)))


class FittingQuery(NamedTuple):
    step: VisitStep
    live: Mapping[str, float]
    """The live part's strengths."""


def ask(queries: Sequence[FittingQuery], index: SessionIndex, lists: ReadsStrengths) -> Questions:
    asked = [_parts(query, index, lists) for query in queries]
    places = [
        {product: place for place, product in enumerate(dict.fromkeys(_products(parts)))}
        for parts in asked
    ]
    widest = max(map(len, places), default=0)
    shares = np.zeros((len(asked), 1 + len(SIGNALS), widest))
    for question, (parts, columns) in enumerate(zip(asked, places, strict=True)):
        for row, (share, strengths) in enumerate(parts):
            total = sum(strengths.values())
            for product, strength in strengths.items():
                shares[question, row, columns[product]] = share * strength / total
    targets = [
        columns.get(query.step.next, -1) for columns, query in zip(places, queries, strict=True)
    ]
    return Questions(shares, np.array(targets, dtype=np.int64))


_Parts = list[tuple[float, Mapping[str, float]]]
"""Of the live part and every signal: its share, and the strengths of its candidates."""


def _products(parts: _Parts) -> Iterable[str]:
    return [product for _, strengths in parts for product in strengths]


def _parts(query: FittingQuery, index: SessionIndex, lists: ReadsStrengths) -> _Parts:
    views, types, _ = query.step
    seen = {product: views[product] or 1 for product in reversed(views)}
    visit = SessionVisit(seen, index, lists, types)
    parts: _Parts = [(1.0, query.live)]
    for signal in SIGNALS.values():
        of = signal.strengths(visit)
        best = sorted(of.items(), key=itemgetter(1), reverse=True)[:_CANDIDATES]
        parts.append((signal.share(visit), {p: strength for p, strength in best if strength > 0}))
    return parts
