from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat

import numpy as np

from personalization.domain.action_table import Floats
from personalization.domain.context import Context, Season
from personalization.domain.identifiers import CategoryId, ProductId, Region
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
from personalization.ranking.blend import present_weights

_PRODUCT_PRIORS = tuple(name.value for name in PriorName)
# As plain text: a member of an enum gives its value by two calls.
_WITHIN_CATEGORY = PriorName.POPULARITY_CATEGORY.value
_POPULARITY, _RATING = PriorName.POPULARITY.value, PriorName.RATING.value
_REGION, _SEASON = PriorName.POPULARITY_REGION.value, PriorName.POPULARITY_SEASON.value
_OWN_CATEGORY = _PRODUCT_PRIORS.index(_WITHIN_CATEGORY)


@dataclass(frozen=True, slots=True)
class PriorStrengths:
    weights: Mapping[str, float]
    """Scoped prior name (such as `popularity_region:pl`) -> u."""
    rows: Floats
    """(weights, subjects): the strengths."""


def product_strengths(
    products: Mapping[ProductId, CategoryId],
    context: Context,
    priors: ActivePriors,
    weights: Mapping[str, float],
) -> PriorStrengths:
    """`products` are given with their categories, `weights` are the u."""
    members = _members(context.season, context.region)

    def read(missing: Sequence[str]) -> list[list[float]]:
        keys: list[PriorKey] = [(PriorTable.PRODUCT_PRIORS, product) for product in missing]
        known = priors.strengths(keys)
        return [[known[key].get(member, 0.0) for member in members] for key in keys]

    rows = priors.kept_table(members, list(products), read).T
    leanings = {affinity.category_id: affinity.strength for affinity in context.affinities}
    # A copy: the table is of all decisions.
    rows[_OWN_CATEGORY] *= np.array(list(map(leanings.get, products.values(), repeat(0.0))), float)
    return _present(_PRODUCT_PRIORS, rows, weights, context)


def category_lists(region: Region | None) -> Mapping[str, PriorKey]:
    """Return for each prior of categories the list that has it."""
    popular = PriorTable.POPULAR_CATEGORIES
    keys: dict[str, PriorKey] = {
        _RATING: (PriorTable.RATED_CATEGORIES, GLOBAL_SCOPE),
        _POPULARITY: (popular, GLOBAL_SCOPE),
    }
    if region is not None:
        keys[_REGION] = (popular, region_scope(region))
    return keys


def category_strengths(
    strengths: Mapping[str, Sequence[float]], context: Context, weights: Mapping[str, float]
) -> PriorStrengths:
    """`strengths` are those of each category by the prior's name, `weights` are the u."""
    rows = np.array(list(strengths.values()), float)
    return _present(list(strengths), rows, weights, context)


@lru_cache(maxsize=1_000)
def _members(season: Season, region: Region | None) -> tuple[str, ...]:
    """Return the member of `product_priors` for each prior, in the order of their names."""
    scopes = {_SEASON: popularity_within(season_scope(season))}
    # Without a region its column is of a member that no product has.
    scopes[_REGION] = "" if region is None else popularity_within(region_scope(region))
    return tuple([scopes.get(name, name) for name in _PRODUCT_PRIORS])


def _present(
    names: Sequence[str], rows: Floats, weights: Mapping[str, float], context: Context
) -> PriorStrengths:
    """Give weight to the priors that any subject has, in the order of the weights."""
    known = np.logical_or.reduce(rows, axis=1).tolist()
    places = {name: place for place, name in enumerate(names) if known[place]}
    present = present_weights(weights, places)
    scopes: Mapping[str, str | None] = {_REGION: context.region, _SEASON: context.season}
    scoped = {
        f"{name}:{scopes[name]}" if name in scopes else name: weight
        for name, weight in present.items()
    }
    return PriorStrengths(scoped, rows[[places[name] for name in present]])
