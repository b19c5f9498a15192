"""Content boosts: new, well rated and much viewed products come up, by as much as is set."""

from collections.abc import Mapping, Sequence

from personalization.domain.decision import Adjustment
from personalization.domain.identifiers import ProductId
from personalization.domain.prior import GLOBAL_SCOPE, PriorName, PriorTable
from personalization.domain.tuning import Tuning
from personalization.priors.active_priors import ActivePriors

NEW = "boost:new"
RATED = "boost:rated"
VIEWED = "boost:viewed"

_Strengths = Mapping[ProductId, float]


def content_boosts(
    product_ids: Sequence[ProductId], priors: ActivePriors, tuning: Tuning
) -> tuple[Adjustment, ...]:
    """Return the boosts that are set, each amount being setting * strength.

    Strengths are relative to the whole shop, so that a setting means the same in every decision:

        new     1 on the day of listing, falling to 0 with the list of new arrivals
        rated   max(0, r - m) / (r_best - m), m being the mean rating of the rated products given
        viewed  v / v_best, shares of all weighted interactions of the period

    A product without ratings counts as an ordinary one: no rating is not a bad rating. A boost
    whose prior the generation lacks has no amounts.
    """
    if not (tuning.boost_new or tuning.boost_rated or tuning.boost_viewed):
        return ()
    boosts = (
        (NEW, tuning.boost_new, _newness_strengths),
        (RATED, tuning.boost_rated, _rating_strengths),
        (VIEWED, tuning.boost_viewed, _view_strengths),
    )
    return tuple(
        _boost(name, setting, strengths(product_ids, priors))
        for name, setting, strengths in boosts
        if setting
    )


def _boost(name: str, setting: float, strengths: _Strengths) -> Adjustment:
    amounts = {product: setting * strength for product, strength in strengths.items() if strength}
    return Adjustment(name, amounts)


def _newness_strengths(product_ids: Sequence[ProductId], priors: ActivePriors) -> _Strengths:
    key = (PriorTable.NEW_ARRIVALS, GLOBAL_SCOPE)
    arrivals = priors.strengths((key,))[key]
    return {product_id: arrivals.get(product_id, 0.0) for product_id in product_ids}


def _rating_strengths(product_ids: Sequence[ProductId], priors: ActivePriors) -> _Strengths:
    ratings = _of_products(product_ids, priors, PriorName.RATING)
    if not ratings:
        return {}
    best = _best_in_shop(priors, PriorTable.RATED_PRODUCTS, PriorName.RATING, ratings)
    ordinary = sum(ratings.values()) / len(ratings)
    if best <= ordinary:
        return {}
    return {
        product_id: max(0.0, rating - ordinary) / (best - ordinary)
        for product_id, rating in ratings.items()
    }


def _view_strengths(product_ids: Sequence[ProductId], priors: ActivePriors) -> _Strengths:
    shares = _of_products(product_ids, priors, PriorName.POPULARITY)
    if not shares:
        return {}
    best = _best_in_shop(priors, PriorTable.POPULAR_PRODUCTS, PriorName.POPULARITY, shares)
    return {product_id: share / best for product_id, share in shares.items()}


def _of_products(
    product_ids: Sequence[ProductId], priors: ActivePriors, name: PriorName
) -> dict[ProductId, float]:
    known = priors.strengths([(PriorTable.PRODUCT_PRIORS, product) for product in product_ids])
    rows = {product: known[PriorTable.PRODUCT_PRIORS, product] for product in product_ids}
    return {product: row[name] for product, row in rows.items() if row.get(name)}


def _best_in_shop(
    priors: ActivePriors, table: PriorTable, name: PriorName, given: _Strengths
) -> float:
    """Return the prior of the first product of the shop's list, or of those given if larger."""
    leaders = [ProductId(member.member_id) for member in priors.read((table, GLOBAL_SCOPE))[:1]]
    return max((*_of_products(leaders, priors, name).values(), *given.values()))
