from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import repeat

import numpy as np

from personalization.domain.action_table import (
    Floats,
    category_ids_of,
    ingredients,
    probabilities_of,
)
from personalization.domain.context import Context
from personalization.domain.decision import Action, CategoryScore, Frame
from personalization.domain.identifiers import CategoryId, Region
from personalization.domain.prior import PriorKey, PriorTable
from personalization.domain.tuning import Tuning
from personalization.priors.active_priors import ActivePriors
from personalization.ranking.blend import Blend, Drafts, WeighedEvidence
from personalization.ranking.prior_strengths import category_lists, category_strengths

_PER_LIST = 20
_KEPT_TOGETHER = 2


@dataclass(frozen=True, slots=True)
class _CategorySet:
    """What a generation says of the categories that some evidence brings up."""

    categories: Sequence[str]
    affinities: Floats
    """(categories of the evidence, categories): how far each speaks for each, fully for itself."""
    priors: Mapping[str, Sequence[float]]
    """Name -> a strength for each of the categories."""


def score_categories(
    evidence: WeighedEvidence,
    context: Context,
    priors: ActivePriors,
    actions: Sequence[Action],
    tuning: Tuning,
) -> tuple[Frame, tuple[CategoryScore, ...]]:
    own = [piece.category_id for piece in evidence.pieces]
    known = tuple([category for category in dict.fromkeys(own) if category is not None])
    region = context.region
    read = partial(_read, known, region, priors)
    # More of them hardly ever come together again.
    is_kept = len(known) <= _KEPT_TOGETHER
    found: _CategorySet = priors.keep(("categories", region, known), read) if is_kept else read()
    relevances = np.zeros((len(own), len(found.categories)))
    spoken_for = [(place, known.index(of)) for place, of in enumerate(own) if of is not None]
    if spoken_for:
        places, rows = map(list, zip(*spoken_for, strict=True))
        relevances[places] = found.affinities[rows]
    strengths = category_strengths(found.priors, context, tuning.category_weights)
    drafts = Drafts(relevances, strengths.rows).round_to(tuning.mantissa_bits)
    blend = Blend.of(evidence, strengths.weights, drafts)
    scored = blend.score(_probabilities(found.categories, actions))
    made_of = ingredients(scored.probabilities, scored.caps, drafts.relevances, drafts.strengths)
    parts = zip(found.categories, scored.scores.tolist(), made_of, strict=True)
    best_first = sorted([(-score, category, made_of) for category, score, made_of in parts])
    return scored.frame, tuple(
        [
            CategoryScore(category_id=CategoryId(category), score=-falling, ingredients=made_of)
            for falling, category, made_of in best_first
        ]
    )


def _read(known: Sequence[str], region: Region | None, priors: ActivePriors) -> _CategorySet:
    found: dict[str, None] = dict.fromkeys(known)
    keys: list[PriorKey] = [(PriorTable.CATEGORY_AFFINITY, category) for category in known]
    lists = list(category_lists(region).values())
    for key in (*keys, *lists):
        found |= dict.fromkeys(priors.member_ids(key)[:_PER_LIST])
    categories = list(found)
    strengths = priors.strengths([*keys, *lists])
    affinities = np.zeros((len(known), len(categories)))
    for row, key in zip(affinities, keys, strict=True):
        row[:] = list(map(strengths[key].get, categories, repeat(0.0)))
        row[categories.index(key[1])] = 1.0
    named = {
        name: list(map(strengths[key].get, categories, repeat(0.0)))
        for name, key in category_lists(region).items()
    }
    return _CategorySet(categories, affinities, named)


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
