from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import repeat

import numpy as np

from personalization.domain.action_table import (
    Floats,
    category_ids_of,
    ingredients,
    probabilities_of,
)
from personalization.domain.context import Context
from personalization.domain.decision import Action, CategoryScore, Evidence, Frame
from personalization.domain.identifiers import CategoryId
from personalization.domain.prior import GLOBAL_SCOPE, PriorTable, region_scope
from personalization.domain.tuning import Tuning
from personalization.priors.active_priors import ActivePriors
from personalization.ranking.blend import Blend, Drafts, WeighedEvidence
from personalization.ranking.prior_strengths import category_strengths

_PER_LIST = 20


def score_categories(
    evidence: WeighedEvidence,
    context: Context,
    priors: ActivePriors,
    actions: Sequence[Action],
    tuning: Tuning,
) -> tuple[Frame, tuple[CategoryScore, ...]]:
    categories = _candidates(evidence.pieces, context, priors)
    strengths = category_strengths(categories, context, priors, tuning.category_weights)
    drafts = Drafts(_relevances(categories, evidence.pieces, priors), strengths.rows)
    blend = Blend.of(evidence, strengths.weights, drafts.round_to(tuning.mantissa_bits))
    scored = blend.score(_probabilities(categories, actions))
    made_of = ingredients(
        scored.probabilities, scored.caps, blend.drafts.relevances, blend.drafts.strengths
    )
    parts = zip(categories, scored.scores.tolist(), made_of, strict=True)
    scores = [
        CategoryScore(category_id=CategoryId(category), score=score, ingredients=made_of)
        for category, score, made_of in parts
    ]
    return scored.frame, tuple(sorted(scores, key=lambda entry: (-entry.score, entry.category_id)))


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


def _relevances(
    categories: Sequence[str], evidence: Sequence[Evidence], priors: ActivePriors
) -> Floats:
    """Return how far each interaction speaks for each category: fully for its own."""
    rows = np.zeros((len(evidence), len(categories)))
    known: dict[str, Floats] = {}
    for row, interaction in zip(rows, evidence, strict=True):
        category_id = interaction.category_id
        if category_id is None:
            continue
        if category_id not in known:
            key = (PriorTable.CATEGORY_AFFINITY, category_id)
            of = priors.strengths((key,))[key]
            known[category_id] = column = np.array(list(map(of.get, categories, repeat(0.0))))
            column[categories.index(category_id)] = 1.0
        row[:] = known[category_id]
    return rows


def _probabilities(categories: Sequence[str], actions: Sequence[Action]) -> list[float]:
    """Return the mean probability of each category's actions; the least one where it has none."""
    sums: defaultdict[str, float] = defaultdict(float)
    owners, probabilities = category_ids_of(actions), probabilities_of(actions)
    for category_id, probability in zip(owners, probabilities, strict=True):
        sums[category_id] += probability
    counts: Counter[str] = Counter(owners)
    least = min(probabilities, default=1.0)
    return [
        sums[category] / counts[category] if category in sums else least for category in categories
    ]
