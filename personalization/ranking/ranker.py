"""From a blend and the base policy to actions with their scores, best first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from personalization.domain.context import Context
from personalization.domain.decision import Action, ActionSource, Frame
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.ports.policy import Candidate, RankingPolicy
from personalization.ranking.adjustments import best_first
from personalization.ranking.blend import Blend


class Considered(NamedTuple):
    product_id: ProductId
    category_id: CategoryId
    sources: tuple[ActionSource, ...]


@dataclass(frozen=True, slots=True)
class RankedActions:
    context: Context
    actions: tuple[Action, ...]
    frame: Frame
    live_weight: float


def rank_actions(
    context: Context, products: Sequence[Considered], blend: Blend, policy: RankingPolicy
) -> RankedActions:
    """Return the products, which are in the order of the blend's drafts, ranked."""
    shares = zip(blend.evidence_shares(), blend.prior_shares, strict=True)
    candidates = [
        Candidate(product.product_id, product.category_id, of_evidence, prior)
        for product, (of_evidence, prior) in zip(products, shares, strict=True)
    ]
    probabilities = policy.probabilities(context, candidates)
    frame, ingredients, scores = blend.score(probabilities)
    parts = zip(products, candidates, ingredients, scores, strict=True)
    actions = [
        Action(*product, candidate.relevance, candidate.prior, score, made_of)
        for product, candidate, made_of, score in parts
    ]
    return RankedActions(context, best_first(actions), frame, blend.live_weight)
