from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

from personalization.domain.context import Context
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.prior import (
    GLOBAL_SCOPE,
    PriorKey,
    PriorName,
    PriorTable,
    popularity_within,
    region_scope,
    season_scope,
)
from personalization.priors.active_priors import ActivePriors
from personalization.ranking.blend import Sparse, present_weights

_PRODUCT_PRIORS = tuple(name.value for name in PriorName)
# As plain text: a member of an enum gives its value by two calls.
_WITHIN_CATEGORY = PriorName.POPULARITY_CATEGORY.value
_POPULARITY, _RATING = PriorName.POPULARITY.value, PriorName.RATING.value
_REGION, _SEASON = PriorName.POPULARITY_REGION.value, PriorName.POPULARITY_SEASON.value
_Columns = dict[str, Sequence[float]]
"""Prior -> a strength for each subject."""


@dataclass(frozen=True, slots=True)
class PriorStrengths:
    weights: Mapping[str, float]
    """Scoped prior name (such as `popularity_region:pl`) -> u."""
    columns: Sequence[Sequence[float]]
    """For each weight the strengths of all subjects."""
    sparse: Sequence[Sparse]
    """The same by subject, without zeros."""


def product_strengths(
    products: Mapping[ProductId, CategoryId],
    context: Context,
    priors: ActivePriors,
    weights: Mapping[str, float],
) -> PriorStrengths:
    """`products` are given with their categories, `weights` are the u."""
    members = _members(context)
    rows = _strength_rows(products, priors, members)
    columns: _Columns = dict.fromkeys(_PRODUCT_PRIORS, ())
    if rows:
        columns.update(zip(_PRODUCT_PRIORS, zip(*rows, strict=True), strict=True))
    leanings = {affinity.category_id: affinity.strength for affinity in context.affinities}
    shares = columns[_WITHIN_CATEGORY]
    leaning = columns[_WITHIN_CATEGORY] = [
        leanings[category] * share if category in leanings else 0.0
        for category, share in zip(products.values(), shares, strict=True)
    ]
    present = _present(columns, weights)
    order = tuple(present)
    pairs = priors.kept_rows(
        (members, order),
        products,
        lambda missing: _pairs(missing, _strength_rows(missing, priors, members), order),
    )
    if _WITHIN_CATEGORY in present:
        index = order.index(_WITHIN_CATEGORY)
        sparse = [
            (*before, (index, strength), *after) if strength else before + after
            for (before, after), strength in zip(pairs, leaning, strict=True)
        ]
    else:
        sparse = [before + after for before, after in pairs]
    return PriorStrengths(_with_scopes(present, context), [columns[name] for name in order], sparse)


def category_strengths(
    categories: Sequence[str], context: Context, priors: ActivePriors, weights: Mapping[str, float]
) -> PriorStrengths:
    keys: dict[str, PriorKey] = {
        _RATING: (PriorTable.RATED_CATEGORIES, GLOBAL_SCOPE),
        _POPULARITY: (PriorTable.POPULAR_CATEGORIES, GLOBAL_SCOPE),
    }
    if context.region is not None:
        scope = region_scope(context.region)
        keys[_REGION] = (PriorTable.POPULAR_CATEGORIES, scope)
    known = priors.strengths(list(keys.values()))
    columns: _Columns = {
        name: list(map(known[key].get, categories, repeat(0.0))) for name, key in keys.items()
    }
    present = _present(columns, weights)
    kept = [columns[name] for name in present]
    sparse = [
        tuple([(index, column[place]) for index, column in enumerate(kept) if column[place]])
        for place in range(len(categories))
    ]
    return PriorStrengths(_with_scopes(present, context), kept, sparse)


def _members(context: Context) -> tuple[str, ...]:
    """Return the member of `product_priors` for each prior, in the order of their names."""
    scopes = {_SEASON: popularity_within(season_scope(context.season))}
    # Without a region its column is of a member that no product has.
    region = "" if context.region is None else popularity_within(region_scope(context.region))
    scopes[_REGION] = region
    return tuple([scopes.get(name, name) for name in _PRODUCT_PRIORS])


def _strength_rows(
    products: Collection[str], priors: ActivePriors, members: tuple[str, ...]
) -> Sequence[tuple[float, ...]]:
    """Return the strengths of each product under the members, 0 for none."""

    def rows(missing: Sequence[str]) -> dict[str, tuple[float, ...]]:
        keys: list[PriorKey] = [(PriorTable.PRODUCT_PRIORS, product) for product in missing]
        known = priors.strengths(keys)
        return {
            product: tuple([known[key].get(member, 0.0) for member in members])
            for key, product in zip(keys, missing, strict=True)
        }

    return priors.kept_rows(members, products, rows)


def _pairs(
    products: Sequence[str], rows: Sequence[tuple[float, ...]], order: Sequence[str]
) -> dict[str, tuple[Sparse, Sparse]]:
    """Return what is no session's own of the sparse strengths: before and after that."""
    found = {}
    own = order.index(_WITHIN_CATEGORY) if _WITHIN_CATEGORY in order else len(order)
    columns = [_PRODUCT_PRIORS.index(name) for name in order]
    for product, row in zip(products, rows, strict=True):
        pairs = [(index, row[column]) for index, column in enumerate(columns) if row[column]]
        before = tuple([pair for pair in pairs if pair[0] < own])
        found[product] = before, tuple([pair for pair in pairs if pair[0] > own])
    return found


def _present(columns: _Columns, weights: Mapping[str, float]) -> dict[str, float]:
    """Give weight to the priors that any subject has."""
    return present_weights(weights, {name for name, column in columns.items() if any(column)})


def _with_scopes(present: Mapping[str, float], context: Context) -> Mapping[str, float]:
    scopes: Mapping[str, str | None] = {_REGION: context.region, _SEASON: context.season}
    return {
        f"{name}:{scopes[name]}" if name in scopes else name: weight
        for name, weight in present.items()
    }
