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


def lags(evidence: Sequence[Evidence]) -> list[int | None]:
    """Return how many product steps each piece lies back; None where it is no step.

    Putting what one looks at into the cart is the same step as looking at it. Category views,
    dislikes and mere looks are no steps: none leads on to a product.
    """
    result: list[int | None] = []
    newer: Evidence | None = None
    lag = 0
    for interaction in evidence:
        if not _leads_on(interaction):
            result.append(None)
            continue
        moved = newer is not None and (
            newer.type is EventType.PRODUCT_VIEW or newer.subject != interaction.subject
        )
        lag += int(moved)
        newer = interaction
        result.append(lag)
    return result


def _leads_on(interaction: Evidence) -> bool:
    return is_of_product(interaction) and interaction.reward >= 0


def is_of_product(interaction: Evidence) -> bool:
    return interaction.type.is_interaction and interaction.type is not EventType.CATEGORY_VIEW


def relevances_of(
    product_ids: Sequence[str], evidence: Sequence[Evidence], priors: ActivePriors
) -> Floats:
    """Return (pieces of evidence, products), what each says of each, in 0..1."""
    return _Relevances(product_ids, evidence, priors).rows()


class _Relevances:
    def __init__(
        self, product_ids: Sequence[str], evidence: Sequence[Evidence], priors: ActivePriors
    ) -> None:
        self._product_ids = product_ids
        self._evidence = evidence
        self._priors = priors
        self._lags = lags(evidence)
        self._places = dict(zip(product_ids, range(len(product_ids)), strict=True))
        self._follows = self._members_of_newest()
        """A(x_0, .) of all that it is known of."""
        self._fresh = self._freshness()
        """F(.)"""
        self._next = self._column(self._follows) * self._fresh
        """A(x_0, .) * F(.)"""

    def rows(self) -> Floats:
        rows = np.zeros((len(self._evidence), len(self._product_ids)))
        moved_on = False
        for row, piece, lag in zip(rows, self._evidence, self._lags, strict=True):
            if piece.reward < 0:
                # A dislike speaks of the product itself, not of what others viewed next.
                self._set(row, piece, 1.0)
            elif piece.type.is_attention:
                # Where it was looked at, it was not followed: it says something of itself alone.
                self._set(row, piece, RETURN_WEIGHT)
            elif lag is None:
                leaders = self._column(self._strengths(PriorTable.CATEGORY_LEADERS, piece.subject))
                weight, limits = OPEN_CATEGORY_WEIGHT, self._fresh
                if moved_on:
                    weight, limits = LEFT_CATEGORY_WEIGHT, self._next
                row[:] = weight * leaders * limits
            else:
                moved_on = True
                if lag <= _MAXIMUM_LAG:
                    self._fill(row, piece, lag)
        return rows

    def _column(self, strengths: Mapping[str, float]) -> Floats:
        """Return the strength of each product."""
        return np.array(list(map(strengths.get, self._product_ids, repeat(0.0))), float)

    def _strengths(self, table: PriorTable, list_id: str) -> Mapping[str, float]:
        key: PriorKey = (table, list_id)
        return self._priors.strengths((key,))[key]

    def _members_of_newest(self) -> Mapping[str, float]:
        """Return what may follow the newest product that has affinities at all."""
        for piece, lag in zip(self._evidence, self._lags, strict=True):
            if lag is not None:
                members = self._strengths(PriorTable.PRODUCT_AFFINITY, piece.subject)
                if members:
                    return members
        return {}

    def _freshness(self) -> Floats:
        fresh = np.ones(len(self._product_ids))
        for piece in self._evidence:
            place = self._places.get(piece.subject)
            if place is not None and is_of_product(piece):
                fresh[place] = SEEN_FRESHNESS
        return fresh

    def _set(self, row: Floats, piece: Evidence, relevance: float) -> None:
        place = self._places.get(piece.subject)
        if place is not None:
            row[place] = relevance

    def _fill(self, row: Floats, piece: Evidence, lag: int) -> None:
        """Set what a step towards a product says."""
        bucket = lag_bucket(lag)
        if lag == 0:
            np.multiply(NEXT_WEIGHT, self._next, out=row)
        elif bucket is not None:
            lifts = self._strengths(PriorTable.LAG_AFFINITY, lag_key(piece.subject, bucket))
            if lifts:
                row[:] = LAG_FADE ** (lag - 1) * self._column(lifts) * self._next
        if piece.subject not in self._follows:
            self._set(row, piece, RETURN_WEIGHT)
