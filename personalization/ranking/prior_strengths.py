from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from personalization.domain.context import Context
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.prior import (
    GLOBAL_SCOPE,
    PriorName,
    PriorTable,
    popularity_within,
    region_scope,
    season_scope,
)
from personalization.priors.active_priors import ActivePriors
from personalization.ranking.blend import Sparse, present_weights


@dataclass(frozen=True, slots=True)
class PriorStrengths:
    weights: Mapping[str, float]
    """Scoped prior name (such as `popularity_region:pl`) -> u."""
    sparse: list[Sparse]


def product_strengths(
    products: Mapping[ProductId, CategoryId],
    context: Context,
    priors: ActivePriors,
    weights: Mapping[str, float],
) -> PriorStrengths:
    """`products` are given with their categories, `weights` are the u."""
    known = priors.strengths([(PriorTable.PRODUCT_PRIORS, product) for product in products])
    rows = [known[PriorTable.PRODUCT_PRIORS, product] for product in products]
    leanings = {affinity.category_id: affinity.strength for affinity in context.affinities}
    members = {
        PriorName.POPULARITY: PriorName.POPULARITY.value,
        PriorName.POPULARITY_SEASON: popularity_within(season_scope(context.season)),
        PriorName.RATING: PriorName.RATING.value,
    }
    if context.region is not None:
        members[PriorName.POPULARITY_REGION] = popularity_within(region_scope(context.region))
    columns = {name: [row.get(member, 0.0) for row in rows] for name, member in members.items()}
    # As plain text: a member of an enum takes the slow way through each of a hundred dictionaries.
    within_category = PriorName.POPULARITY_CATEGORY.value
    columns[PriorName.POPULARITY_CATEGORY] = [
        leanings.get(category, 0.0) * row.get(within_category, 0.0)
        for row, category in zip(rows, products.values(), strict=True)
    ]
    return _present(columns, weights, context)


def category_strengths(
    categories: Sequence[str], context: Context, priors: ActivePriors, weights: Mapping[str, float]
) -> PriorStrengths:
    keys = {
        PriorName.RATING: (PriorTable.RATED_CATEGORIES, GLOBAL_SCOPE),
        PriorName.POPULARITY: (PriorTable.POPULAR_CATEGORIES, GLOBAL_SCOPE),
    }
    if context.region is not None:
        scope = region_scope(context.region)
        keys[PriorName.POPULARITY_REGION] = (PriorTable.POPULAR_CATEGORIES, scope)
    strengths = {
        name: {member.member_id: member.strength for member in priors.read(key)}
        for name, key in keys.items()
    }
    columns = {
        name: [of.get(category, 0.0) for category in categories] for name, of in strengths.items()
    }
    return _present(columns, weights, context)


def _present(
    columns: Mapping[PriorName, Sequence[float]], weights: Mapping[str, float], context: Context
) -> PriorStrengths:
    """Give weight to the priors that any subject has, and index the strengths by them."""
    present = present_weights(weights, {name for name, column in columns.items() if any(column)})
    scopes: Mapping[str, str | None] = {
        PriorName.POPULARITY_REGION: context.region,
        PriorName.POPULARITY_SEASON: context.season.value,
    }
    scoped = {
        f"{name}:{scopes[name]}" if name in scopes else str(name): weight
        for name, weight in present.items()
    }
    kept = [columns[PriorName(name)] for name in present]
    count = len(next(iter(columns.values())))
    sparse = [
        tuple((index, column[place]) for index, column in enumerate(kept) if column[place])
        for place in range(count)
    ]
    return PriorStrengths(scoped, sparse)
