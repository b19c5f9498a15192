from collections import defaultdict
from collections.abc import Sequence

from personalization.domain.context import Context
from personalization.domain.decision import Action, CategoryScore, Evidence, Frame
from personalization.domain.identifiers import CategoryId
from personalization.domain.prior import GLOBAL_SCOPE, PriorTable, region_scope
from personalization.domain.tuning import Tuning
from personalization.priors.active_priors import ActivePriors
from personalization.ranking.blend import Blend, Draft
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
    drafts = [
        Draft(tuple(relevances.get(category, ())), sparse)
        for category, sparse in zip(categories, strengths.sparse, strict=True)
    ]
    blend = Blend.of(evidence, strengths.weights, drafts, tuning)
    frame, ingredients, scores = blend.score(_probabilities(categories, actions))
    scored = [
        CategoryScore(category_id=CategoryId(category), score=score, ingredients=made_of)
        for category, score, made_of in zip(categories, scores, ingredients, strict=True)
    ]
    return frame, tuple(sorted(scored, key=lambda entry: (-entry.score, entry.category_id)))


def _candidates(evidence: Sequence[Evidence], context: Context, priors: ActivePriors) -> list[str]:
    found = dict.fromkeys(event.category_id for event in evidence if event.category_id is not None)
    keys = [(PriorTable.CATEGORY_AFFINITY, str(category)) for category in found]
    keys.append((PriorTable.RATED_CATEGORIES, GLOBAL_SCOPE))
    keys.append((PriorTable.POPULAR_CATEGORIES, GLOBAL_SCOPE))
    if context.region is not None:
        keys.append((PriorTable.POPULAR_CATEGORIES, region_scope(context.region)))
    lists = priors.read_many(keys)
    for key in keys:
        found |= dict.fromkeys(CategoryId(member.member_id) for member in lists[key][:_PER_LIST])
    return [str(category) for category in found]


def _relevances(
    evidence: Sequence[Evidence], priors: ActivePriors
) -> dict[str, list[tuple[int, float]]]:
    """Return how far each interaction speaks for each category: fully for its own."""
    found: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
    for index, interaction in enumerate(evidence):
        if interaction.category_id is None:
            continue
        found[interaction.category_id].append((index, 1.0))
        for member in priors.read((PriorTable.CATEGORY_AFFINITY, interaction.category_id)):
            if member.member_id != interaction.category_id:
                found[member.member_id].append((index, member.strength))
    return found


def _probabilities(categories: Sequence[str], actions: Sequence[Action]) -> list[float]:
    """Return the mean probability of each category's actions; the least one where it has none."""
    by_category: defaultdict[str, list[float]] = defaultdict(list)
    for action in actions:
        by_category[action.category_id].append(action.ingredients.probability)
    least = min((action.ingredients.probability for action in actions), default=1.0)
    means = ((by_category[category] or [least]) for category in categories)
    return [sum(numbers) / len(numbers) for numbers in means]
