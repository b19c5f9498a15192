"""From a blend and the base policy to actions with their scores, best first."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from personalization.domain.action_table import ActionNumbers, ActionTable, falling_order
from personalization.domain.context import Context
from personalization.domain.decision import ActionSource, Frame
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.ports.policy import CandidateTable, RankingPolicy
from personalization.ranking.blend import Blend


@dataclass(frozen=True, slots=True)
class Considered:
    """The products of an action set, an entry in each column."""

    product_ids: Sequence[ProductId]
    category_ids: Sequence[CategoryId]
    sources: Sequence[tuple[ActionSource, ...]]


@dataclass(frozen=True, slots=True)
class RankedActions:
    context: Context
    actions: ActionTable
    frame: Frame
    live_weight: float


def rank_actions(
    context: Context, products: Considered, blend: Blend, policy: RankingPolicy
) -> RankedActions:
    """Return the products, which are in the order of the blend's drafts, ranked."""
    ids = products.product_ids
    relevances, shares = blend.evidence_shares(), blend.prior_shares
    features = np.array((relevances, shares))
    candidates = CandidateTable(ids, products.category_ids, features)
    scored = blend.score(policy.probabilities(context, candidates))
    drafts = blend.drafts
    numbers = ActionNumbers(
        relevance=relevances,
        prior=shares,
        score=scored.scores,
        probability=scored.probabilities,
        cap=scored.caps,
        relevances=drafts.relevances,
        strengths=drafts.strengths,
    )
    table = ActionTable(ids, products.category_ids, products.sources, numbers)
    actions = table.reorder(falling_order(scored.scores, ids), numbers)
    return RankedActions(context, actions, scored.frame, blend.evidence.live_weight)
