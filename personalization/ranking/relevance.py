"""Relevance: what one interaction says of one action, from precomputed affinities.

With x_0 the product acted on last and x_i the one i steps before it:

    relevance_0(a) = NEXT_WEIGHT * A(x_0, a) * F(a)
    relevance_i(a) = LAG_FADE^(i-1) * R_b(i)(x_i, a) * A(x_0, a) * F(a)

A is the chance that a comes next after x_0 (`product_affinity`), R the lift of a some steps
after x_i (`lag_affinity`), both scaled to a largest value of 1, and F makes what was already
seen a little less fresh. Older interactions reweight what can follow x_0 and add nothing else:
with a decay as slow as 0.9 they would drown the last step, the one that says most. But shoppers
go back: what was acted on and is not known to follow x_0 is relevant to itself,

    relevance_i(x_i) = RETURN_WEIGHT   where A(x_0, x_i) = 0.
"""

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import NamedTuple

import numpy as np

from personalization.domain.action_table import Floats
from personalization.domain.decision import Evidence
from personalization.domain.event import EventType
from personalization.domain.prior import PriorKey, PriorTable, lag_bucket, lag_key
from personalization.priors.active_priors import ActivePriors

NEXT_WEIGHT = 0.5
LAG_FADE = 0.8
SEEN_FRESHNESS = 0.6
RETURN_WEIGHT = 0.05
"""Where a list of followers is long it hardly shows; where products are many and lists short, a
fifth of the next views are of these."""
OPEN_CATEGORY_WEIGHT = 1.0
"""A category that the shopper looks through now, newer than any product: it leads."""
LEFT_CATEGORY_WEIGHT = 0.3
"""A category in which a product was viewed since: that product says more."""
_MAXIMUM_LAG = 19
_LAG_SUFFIXES = tuple(
    lag_key("", lag_bucket(lag) or 0) if lag else "" for lag in range(_MAXIMUM_LAG + 1)
)
_LAG_WEIGHTS = tuple(LAG_FADE ** (lag - 1) for lag in range(_MAXIMUM_LAG + 1))


def lags(evidence: Sequence[Evidence]) -> list[int | None]:
    """Return how many product steps each piece lies back; None where it is no step.

    Putting what one looks at into the cart is the same step as looking at it. Category views,
    dislikes and mere looks are no steps: none leads on to a product.
    """
    result: list[int | None] = [None] * len(evidence)
    newer: Evidence | None = None
    lag = 0
    for place, piece in enumerate(evidence):
        if not piece.type.is_of_product or piece.reward < 0:
            continue
        if newer is not None and (
            newer.type is EventType.PRODUCT_VIEW or newer.subject != piece.subject
        ):
            lag += 1
        newer = piece
        result[place] = lag
    return result


def relevances_of(
    product_ids: Sequence[str], evidence: Sequence[Evidence], priors: ActivePriors
) -> Floats:
    """Return (pieces of evidence, products), what each says of each, in 0..1."""
    if not evidence:
        return np.zeros((0, len(product_ids)))
    count = len(product_ids)
    follows = _members_of_newest(evidence, priors)
    places = dict(zip(product_ids, range(count), strict=True))
    seen = {piece.subject for piece in evidence if piece.type.is_of_product}
    fresh = np.ones(count)
    fresh[[places[subject] for subject in seen if subject in places]] = SEEN_FRESHNESS
    limits = fresh, np.fromiter(map(follows.get, product_ids, repeat(0.0)), float, count) * fresh
    terms = _terms(evidence)
    lists = priors.strengths([term.key for term in terms if term.key is not None])
    of = _strengths_in([None if term.key is None else lists[term.key] for term in terms], places)
    weights = np.array([[term.weight] for term in terms])
    follows_newest = np.array([[term.follows_newest] for term in terms])
    rows = weights * of * np.where(follows_newest, limits[True], limits[False])
    return _with_own(rows, evidence, terms, follows, places)


class _Term(NamedTuple):
    """What a piece of evidence says: weight times a list's strengths times a limit."""

    weight: float
    key: PriorKey | None = None
    """None for a list in which every product has strength 1."""
    follows_newest: bool = True
    """Whether the limit is A(x_0, .) * F(.), else F(.)."""
    own: float = 0.0
    """What it says of its own product."""
    own_if_unknown: bool = False
    """Only where that is not known to follow the newest one."""


_NOTHING = _Term(0.0)
_DISLIKED = _Term(0.0, own=1.0)
_LOOKED_AT = _Term(0.0, own=RETURN_WEIGHT)
_NEWEST = _Term(NEXT_WEIGHT, own=RETURN_WEIGHT, own_if_unknown=True)


def _terms(evidence: Sequence[Evidence]) -> list[_Term]:
    terms: list[_Term] = [_NOTHING] * len(evidence)
    moved_on = False
    for place, (piece, lag) in enumerate(zip(evidence, lags(evidence), strict=True)):
        if piece.reward < 0:
            # A dislike speaks of the product itself, not of what others viewed next.
            terms[place] = _DISLIKED
        elif piece.type.is_attention:
            # Where it was looked at, it was not followed: it says something of itself alone.
            terms[place] = _LOOKED_AT
        elif lag is None:
            key = (PriorTable.CATEGORY_LEADERS, piece.subject)
            weight = LEFT_CATEGORY_WEIGHT if moved_on else OPEN_CATEGORY_WEIGHT
            terms[place] = _Term(weight, key, moved_on)
        else:
            moved_on = True
            if lag == 0:
                terms[place] = _NEWEST
            elif lag <= _MAXIMUM_LAG:
                key = (PriorTable.LAG_AFFINITY, f"{piece.subject}{_LAG_SUFFIXES[lag]}")
                terms[place] = _Term(_LAG_WEIGHTS[lag], key, own=RETURN_WEIGHT, own_if_unknown=True)
    return terms


def _members_of_newest(evidence: Sequence[Evidence], priors: ActivePriors) -> Mapping[str, float]:
    """Return what may follow the newest product that has affinities at all."""
    for piece in evidence:
        if piece.type.is_of_product and piece.reward >= 0:
            key: PriorKey = (PriorTable.PRODUCT_AFFINITY, piece.subject)
            members = priors.strengths((key,))[key]
            if members:
                return members
    return {}


def _strengths_in(lists: Sequence[Mapping[str, float] | None], places: Mapping[str, int]) -> Floats:
    """Return (lists, products), the strengths of each list's members, 1 in None.

    What of the lists are products goes to their places at once: ten lists of fifty members are as
    many lookups as two for each of 200 products.
    """
    count = len(places)
    # One column more, for members that are none of the products.
    rows = np.zeros((len(lists), count + 1))
    short = [{} if members is None or len(members) > count else members for members in lists]
    columns, strengths = list[int](), list[float]()
    for members in short:
        columns += map(places.get, members, repeat(count))
        strengths += members.values()
    rows[np.arange(len(lists)).repeat(list(map(len, short))), columns] = strengths
    for row, found in zip(rows, lists, strict=True):
        if found is None:
            row[:count] = 1.0
        elif len(found) > count:
            row[:count] = np.fromiter(map(found.get, places, repeat(0.0)), float, count)
    return rows[:, :count]


def _with_own(
    rows: Floats,
    evidence: Sequence[Evidence],
    terms: Sequence[_Term],
    follows: Mapping[str, float],
    places: Mapping[str, int],
) -> Floats:
    """Set what each piece says of its own product."""
    for number, (piece, term) in enumerate(zip(evidence, terms, strict=True)):
        unknown = piece.subject not in follows or not term.own_if_unknown
        if term.own and unknown and piece.subject in places:
            rows[number, places[piece.subject]] = term.own
    return rows
