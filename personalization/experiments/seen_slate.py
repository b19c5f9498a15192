"""One slate as a unit saw it: which positions were on screen, and which were engaged with.

    MRR = 1 / r of the first engaged position,  0 where there was none
    NDCG = sum over engaged of 1 / log2(1 + r)  /  the largest such sum of as many positions
    novelty = -log2 p of a seen product, p its share of all interactions at the time

r being the position in its placement, from 1: two placements have two first positions. (Voorhees,
TREC-8 question answering, 1999; Jarvelin and Kekalainen, Cumulated gain-based evaluation of IR
techniques, 2002; Zhou et al., Solving the apparent diversity-accuracy dilemma of recommender
systems, 2010.)
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import fsum, log2

from personalization.domain.identifiers import ProductId
from personalization.domain.prior import PriorName
from personalization.domain.shown_decision import ShownDecision

LEAST_POPULARITY = 1e-6
"""Of a product that nobody has interacted with: some 20 bits of novelty, and not infinity."""


@dataclass(frozen=True, slots=True)
class Position:
    rank: int
    """From 1, in its placement."""
    novelty: float
    """Bits."""


def positions_of(decision: ShownDecision) -> Mapping[ProductId, Position]:
    return {
        slot.product_id: Position(slot.position + 1, -log2(_popularity(decision, slot.product_id)))
        for slot in decision.slate
    }


def _popularity(decision: ShownDecision, product_id: ProductId) -> float:
    """Return the share that the decision itself kept, so that later priors change nothing."""
    strengths = decision.strengths.get(product_id, ())
    found = (of for index, of in strengths if decision.priors[index] == PriorName.POPULARITY)
    return max(LEAST_POPULARITY, next(found, 0.0))


@dataclass(slots=True)
class SeenSlate:
    positions: Mapping[ProductId, Position]
    seen: set[ProductId] = field(default_factory=set)
    engaged: set[ProductId] = field(default_factory=set)

    def see(self, products: Iterable[ProductId]) -> None:
        """Take an impression; what the decision did not have is left out."""
        self.seen.update(product_id for product_id in products if product_id in self.positions)

    def engage(self, products: Iterable[ProductId]) -> None:
        """Take an interaction that came from this decision, with what had been seen of it."""
        self.engaged.update(product_id for product_id in products if product_id in self.seen)

    @property
    def novelty(self) -> float:
        # A set has no order that lasts: only an exact sum is the same in every process.
        return fsum(self.positions[product_id].novelty for product_id in self.seen)

    @property
    def reciprocal_rank(self) -> float:
        ranks = (self.positions[product_id].rank for product_id in self.engaged)
        return max((1.0 / rank for rank in ranks), default=0.0)

    @property
    def normalised_gain(self) -> float:
        if not self.engaged:
            return 0.0
        gain = fsum(1.0 / log2(1 + self.positions[product_id].rank) for product_id in self.engaged)
        ranks = sorted(position.rank for position in self.positions.values())[: len(self.engaged)]
        return gain / sum(1.0 / log2(1 + rank) for rank in ranks)
