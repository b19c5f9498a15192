"""The strengths of the priors for the products and categories of one decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from personalization.domain.blend import (
    CATEGORY_PRIOR_WEIGHTS,
    PRODUCT_PRIOR_WEIGHTS,
    present_weights,
)
from personalization.domain.context import Context
from personalization.domain.identifiers import CategoryId
from personalization.domain.prior import (
    GLOBAL_SCOPE,
    PriorTable,
    region_scope,
    season_scope,
)
from personalization.ranking.active_priors import ActivePriors, Strengths
from personalization.ranking.scoring import Sparse


@dataclass(frozen=True, slots=True)
class PriorStrengths:
    """Which priors take part, with their weights, and each subject's sparse strengths."""

    weights: Mapping[str, float]
    """Scoped prior name (such as `popularity_region:pl`) -> u."""
    sparse: list[Sparse]


def product_strengths(
    products: Mapping[str, CategoryId], context: Context, priors: ActivePriors
) -> PriorStrengths:
    """Return the strengths of products, given with their categories."""
    known = priors.strengths([(PriorTable.PRODUCT_PRIORS, one) for one in products])
    season = f"popularity_{season_scope(context.season)}"
    region = f"popularity_{region_scope(context.region)}" if context.region is not None else None
    named = {"popularity": "popularity", "rating": "rating", "popularity_season": season}
    if region is not None:
        named["popularity_region"] = region
    leanings = {one.category_id: one.strength for one in context.affinities}
    rows = [
        _product_row(known[PriorTable.PRODUCT_PRIORS, product_id], named, leanings.get(category))
        for product_id, category in products.items()
    ]
    return _present(rows, PRODUCT_PRIOR_WEIGHTS, context)


def _product_row(known: Strengths, named: Mapping[str, str], leaning: float | None) -> Strengths:
    row = {name: known[scoped] for name, scoped in named.items() if scoped in known}
    if leaning and "popularity_category" in known:
        row["popularity_category"] = leaning * known["popularity_category"]
    return row


def category_strengths(
    categories: Sequence[str], context: Context, priors: ActivePriors
) -> PriorStrengths:
    """Return the strengths of categories."""
    named = {
        "rating": (PriorTable.RATED_CATEGORIES, GLOBAL_SCOPE),
        "popularity": (PriorTable.POPULAR_CATEGORIES, GLOBAL_SCOPE),
    }
    if context.region is not None:
        scope = region_scope(context.region)
        named["popularity_region"] = (PriorTable.POPULAR_CATEGORIES, scope)
    strengths = {
        name: {member.member_id: member.strength for member in priors.read(key)}
        for name, key in named.items()
    }
    rows = [
        {name: of[category] for name, of in strengths.items() if category in of}
        for category in categories
    ]
    return _present(rows, CATEGORY_PRIOR_WEIGHTS, context)


def _present(
    rows: Sequence[Strengths], weights: Mapping[str, float], context: Context
) -> PriorStrengths:
    """Give weight to the priors that any subject has, and index the strengths by them."""
    present = present_weights(weights, {name for row in rows for name in row})
    index = {name: number for number, name in enumerate(present)}
    scopes = {"popularity_region": context.region, "popularity_season": context.season.value}
    scoped = {
        f"{name}:{scopes[name]}" if name in scopes else name: weight
        for name, weight in present.items()
    }
    sparse = [tuple((index[name], strength) for name, strength in row.items()) for row in rows]
    return PriorStrengths(scoped, sparse)
