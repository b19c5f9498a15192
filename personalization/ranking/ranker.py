"""From a blend and the base policy to actions with their scores, best first."""

from collections.abc import Sequence
from dataclasses import dataclass

from personalization.domain.context import Context
from personalization.domain.decision import Action, ActionSource, Frame
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.ports.policy import Candidate, RankingPolicy
from personalization.ranking.adjustments import best_first
from personalization.ranking.blend import Blend
from personalization.value_classes import make_all


@dataclass(frozen=True, slots=True)
class Considered:
    """The products of an action set, an entry in each column."""

    product_ids: Sequence[ProductId]
    category_ids: Sequence[CategoryId]
    sources: Sequence[tuple[ActionSource, ...]]


@dataclass(frozen=True, slots=True)
class RankedActions:
    context: Context
    actions: tuple[Action, ...]
    frame: Frame
    live_weight: float


def rank_actions(
    context: Context, products: Considered, blend: Blend, policy: RankingPolicy
) -> RankedActions:
    """Return the products, which are in the order of the blend's drafts, ranked."""
    relevances, priors = blend.evidence_shares(), blend.prior_shares
    columns = products.product_ids, products.category_ids
    candidates = make_all(Candidate, zip(*columns, relevances, priors, strict=True))
    probabilities = policy.probabilities(context, candidates)
    frame, ingredients, scores = blend.score(probabilities)
    parts = zip(*columns, products.sources, relevances, priors, scores, ingredients, strict=True)
    return RankedActions(context, best_first(make_all(Action, parts)), frame, blend.live_weight)
