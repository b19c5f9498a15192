"""What whole sessions say of this one: candidates, and strengths beside the priors.

Their u against the live part's weight w, R being the chance that the next product is one of those
seen (at most `MOST_RETURNS`), and lambda the weights that the night learned:

    u_neighbours = lambda_neighbours * (1 - R) * w / (1 - w)
    u_return     = lambda_return * R * w / (1 - w)

A neighbours' strength is its score (`personalization.neighbours.scores`), a return's its chance.
What was disliked has neither.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat

from personalization.domain.decision import Evidence
from personalization.domain.event import EventType
from personalization.domain.prior import SignalName
from personalization.neighbours.scores import largest_first, neighbour_scores
from personalization.neighbours.session_index import SessionIndex
from personalization.ranking.blend import Sparse
from personalization.ranking.relevance import is_of_product

_NEIGHBOURS, _RETURN = SignalName.NEIGHBOURS.value, SignalName.RETURN.value
MOST_RETURNS = 0.95
CANDIDATES = 100
"""As many as an action set has room for, were there nothing else."""


@dataclass(frozen=True, slots=True)
class SessionSignals:
    candidates: Sequence[str] = ()
    """What neighbours saw, best first."""
    weights: Mapping[str, float] = field(default_factory=dict[str, float])
    """u of the signals that take part."""
    strengths: Sequence[Mapping[str, float]] = ()
    """Product -> strength, one for each of the weights."""

    def columns(self, product_ids: Collection[str]) -> list[list[float]]:
        """Return for each signal the strengths of some products, 0 for none."""
        return [list(map(of.get, product_ids, repeat(0.0))) for of in self.strengths]

    def added_to(
        self, rows: Sequence[Sparse], product_ids: Collection[str], first: int
    ) -> list[Sparse]:
        """Return rows of products with their strengths, the signals numbered from `first`."""
        extended = list(rows)
        for number, strengths in enumerate(self.strengths, first):
            extended = [
                (*row, (number, strengths[product])) if product in strengths else row
                for row, product in zip(extended, product_ids, strict=True)
            ]
        return extended


NO_SIGNALS = SessionSignals()


def session_signals(
    evidence: Sequence[Evidence], index: SessionIndex | None, odds: float
) -> SessionSignals:
    """Return nothing without an index or before the first product; `odds` are w / (1 - w)."""
    seen = _session_products(evidence)
    if index is None or not seen or not odds:
        return NO_SIGNALS
    neighbours = _neighbours(index, list(seen))
    chances = {
        product: index.returns.chance(steps_back, times)
        for steps_back, (product, times) in enumerate(seen.items())
    }
    returning = min(MOST_RETURNS, sum(chances.values()))
    disliked = {piece.subject for piece in evidence if piece.reward < 0}
    signals = (
        (_NEIGHBOURS, index.weights.neighbours * (1 - returning), neighbours),
        (_RETURN, index.weights.returns * returning, chances),
    )
    present = [
        (name, weight * odds, {p: s for p, s in strengths.items() if p not in disliked})
        for name, weight, strengths in signals
        if weight > 0 and strengths
    ]
    return SessionSignals(
        candidates=list(neighbours)[:CANDIDATES],
        weights={name: weight for name, weight, _ in present},
        strengths=[strengths for _, _, strengths in present],
    )


def _session_products(evidence: Sequence[Evidence]) -> dict[str, int]:
    """Return the products acted on, newest first, each with how often it was viewed."""
    views: dict[str, int] = {}
    for piece in evidence:
        if is_of_product(piece) and piece.reward >= 0:
            viewed = 1 if piece.type is EventType.PRODUCT_VIEW else 0
            views[piece.subject] = views.get(piece.subject, 0) + viewed
    return {product: times or 1 for product, times in views.items()}


def _neighbours(index: SessionIndex, newest_first: Sequence[str]) -> dict[str, float]:
    """Return the best of what neighbours saw, best first; by their number among equals."""
    numbers, scores = neighbour_scores(index, newest_first)
    best = largest_first(scores, 2 * CANDIDATES)
    products = map(index.products.__getitem__, numbers[best].tolist())
    return dict(zip(products, scores[best].tolist(), strict=True))
