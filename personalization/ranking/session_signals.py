"""What whole sessions say of this one: candidates, and strengths beside the priors.

The u of a signal (`personalization.ranking.signals`) against the live part's weight w, lambda being
the weight that the night learned for it:

    u = lambda * share * w / (1 - w)

What was disliked has no strength.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat

import numpy as np

from personalization.domain.action_table import Floats
from personalization.domain.decision import Evidence
from personalization.domain.event import EventType
from personalization.neighbours.past_session import LONG_LOOK
from personalization.priors.active_priors import ActivePriors
from personalization.ranking.signals.registry import SIGNALS
from personalization.ranking.signals.signal import CANDIDATES, SessionVisit


@dataclass(frozen=True, slots=True)
class SessionSignals:
    candidates: Sequence[str] = ()
    """What neighbours saw, best first."""
    weights: Mapping[str, float] = field(default_factory=dict[str, float])
    """u of the signals that take part."""
    strengths: Sequence[Mapping[str, float]] = ()
    """Product -> strength, one for each of the weights."""

    def below(self, rows: Floats, product_ids: Sequence[str]) -> Floats:
        """Return rows of the products with the strengths of each signal as one more."""
        if not self.strengths:
            return rows
        added = [list(map(of.get, product_ids, repeat(0.0))) for of in self.strengths]
        return np.concatenate((rows, np.array(added, float)))

    def at(self, odds: float) -> "SessionSignals":
        """Return them with the weights that they have at w / (1 - w), given those at 1."""
        if not odds:
            return NO_SIGNALS
        weights = {name: weight * odds for name, weight in self.weights.items()}
        return SessionSignals(self.candidates, weights, self.strengths)


NO_SIGNALS = SessionSignals()


def unweighed_signals(evidence: Sequence[Evidence], priors: ActivePriors) -> SessionSignals:
    """Return the signals as they would weigh where w is one half."""
    index, (seen, types) = priors.session_index(), _session_products(evidence)
    if index is None or not seen:
        return NO_SIGNALS
    visit = SessionVisit(seen, index, priors, types)
    disliked = {piece.subject for piece in evidence if piece.reward < 0}
    of_signals = index.weights.after(len(seen))
    weights, present = {}, []
    for name, signal in SIGNALS.items():
        weight = of_signals.get(name, 0.0) * signal.share(visit)
        strengths = signal.strengths(visit) if weight > 0 else {}
        if strengths:
            weights[name] = weight
            if not disliked.isdisjoint(strengths):
                strengths = {p: of for p, of in strengths.items() if p not in disliked}
            present.append(strengths)
    return SessionSignals(list(visit.neighbours)[:CANDIDATES], weights, present)


def _session_products(
    evidence: Sequence[Evidence],
) -> tuple[dict[str, int], dict[str, EventType]]:
    """Return the products acted on, newest first, each with how often it was viewed.

    Beside them is the type of the newest interaction with each; a view with a long look is `DWELL`.
    """
    views: dict[str, int] = {}
    types: dict[str, EventType] = {}
    read: set[str] = set()
    for piece in evidence:
        product, type_ = piece.subject, piece.type
        if piece.type.is_of_product and piece.reward >= 0:
            if product not in views:
                types[product], views[product] = type_, 0
            views[product] += type_ is EventType.PRODUCT_VIEW
        elif type_ is EventType.DWELL and piece.reward >= LONG_LOOK and product not in views:
            read.add(product)
    types |= {
        product: EventType.DWELL for product in read if types.get(product) is EventType.PRODUCT_VIEW
    }
    return {product: times or 1 for product, times in views.items()}, types
