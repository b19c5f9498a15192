from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import repeat

from personalization.domain.context import Context
from personalization.domain.decision import Action, CategoryScore, Evidence, Frame
from personalization.domain.identifiers import CategoryId
from personalization.domain.prior import GLOBAL_SCOPE, PriorTable, region_scope
from personalization.domain.tuning import Tuning
from personalization.priors.active_priors import ActivePriors
from personalization.ranking.blend import Blend, Drafts, Sparse
from personalization.ranking.prior_strengths import category_strengths

_PER_LIST = 20


def score_categories(
    evidence: Sequence[Evidence],
    context: Context,
    priors: ActivePriors,
    actions: Sequence[Action],
    tuning: Tuning,
) -> tuple[Frame, tuple[CategoryScore, ...]]:
    categories = _candidates(evidence, context, priors)
    relevances = _relevances(evidence, priors)
    strengths = category_strengths(categories, context, priors, tuning.category_weights)
    drafts = Drafts(
        relevances=list(map(relevances.get, categories, repeat(()))),
        strengths=strengths.sparse,
        columns=strengths.columns,
    )
    blend = Blend.of(evidence, strengths.weights, drafts, tuning)
    frame, ingredients, scores = blend.score(_probabilities(categories, actions))
    scored = [
        CategoryScore(category_id=CategoryId(category), score=score, ingredients=made_of)
        for category, score, made_of in zip(categories, scores, ingredients, strict=True)
    ]
    return frame, tuple(sorted(scored, key=lambda entry: (-entry.score, entry.category_id)))


def _candidates(evidence: Sequence[Evidence], context: Context, priors: ActivePriors) -> list[str]:
    found: dict[str, None] = dict.fromkeys(
        [piece.category_id for piece in evidence if piece.category_id is not None]
    )
    keys = [(PriorTable.CATEGORY_AFFINITY, category) for category in found]
    keys.append((PriorTable.RATED_CATEGORIES, GLOBAL_SCOPE))
    keys.append((PriorTable.POPULAR_CATEGORIES, GLOBAL_SCOPE))
    if context.region is not None:
        keys.append((PriorTable.POPULAR_CATEGORIES, region_scope(context.region)))
    for key in keys:
        found |= dict.fromkeys(priors.member_ids(key)[:_PER_LIST])
    return list(found)


def _relevances(evidence: Sequence[Evidence], priors: ActivePriors) -> Mapping[str, Sparse]:
    """Return how far each interaction speaks for each category: fully for its own."""
    found: defaultdict[str, Sparse] = defaultdict(tuple)
    for index, interaction in enumerate(evidence):
        if interaction.category_id is None:
            continue
        found[interaction.category_id] += ((index, 1.0),)
        for member in priors.read((PriorTable.CATEGORY_AFFINITY, interaction.category_id)):
            if member.member_id != interaction.category_id:
                found[member.member_id] += ((index, member.strength),)
    return found


def _probabilities(categories: Sequence[str], actions: Sequence[Action]) -> list[float]:
    """Return the mean probability of each category's actions; the least one where it has none."""
    sums: defaultdict[str, float] = defaultdict(float)
    counts: defaultdict[str, int] = defaultdict(int)
    for action in actions:
        sums[action.category_id] += action.ingredients.probability
        counts[action.category_id] += 1
    least = min([action.ingredients.probability for action in actions], default=1.0)
    return [
        sums[category] / counts[category] if category in sums else least for category in categories
    ]
