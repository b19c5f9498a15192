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

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat

from personalization.domain.decision import Evidence
from personalization.domain.event import EventType
from personalization.domain.prior import PriorKey, PriorTable, lag_bucket, lag_key
from personalization.priors.active_priors import ActivePriors
from personalization.ranking.blend import Sparse

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


class Relevances:
    def __init__(self, evidence: Sequence[Evidence], priors: ActivePriors) -> None:
        self._evidence = evidence
        self._priors = priors
        self._lags = lags(evidence)
        self._relevances: defaultdict[str, Sparse] = defaultdict(tuple)
        self._seen = {event.subject for event in evidence if is_of_product(event)}
        self._next = self._next_of_newest()
        for index in range(len(evidence)):
            self._add(index)

    def of(self, product_ids: Iterable[str]) -> list[Sparse]:
        """Return (evidence index, relevance) pairs of each product, the latter in 0..1."""
        return list(map(self._relevances.get, product_ids, repeat(())))

    def _next_of_newest(self) -> dict[str, float]:
        """Return A(x_0, .) * F(.) for the newest product that has affinities at all."""
        for interaction, lag in zip(self._evidence, self._lags, strict=True):
            if lag is None:
                continue
            key: PriorKey = (PriorTable.PRODUCT_AFFINITY, interaction.subject)
            members = self._priors.strengths([key])[key]
            if members:
                return self._with_freshness(members)
        return {}

    def _with_freshness(self, strengths: Mapping[str, float]) -> dict[str, float]:
        """Return the strengths times F."""
        seen = self._seen
        return {
            product: SEEN_FRESHNESS * of if product in seen else of
            for product, of in strengths.items()
        }

    def _add(self, index: int) -> None:
        evidence, lag = self._evidence[index], self._lags[index]
        if evidence.reward < 0:
            # A dislike speaks of the product itself, not of what others viewed next.
            self._relevances[evidence.subject] += ((index, 1.0),)
        elif evidence.type.is_attention:
            # Where it was looked at, it was not followed: it says something of itself alone.
            self._relevances[evidence.subject] += ((index, RETURN_WEIGHT),)
        elif lag is None:
            self._add_category_view(index, evidence)
        elif lag == 0:
            relevances = self._relevances
            for product_id, following in self._next.items():
                relevances[product_id] += ((index, NEXT_WEIGHT * following),)
            self._add_return(index, evidence)
        elif lag <= _MAXIMUM_LAG:
            self._add_older(index, evidence, lag)
            self._add_return(index, evidence)

    def _add_older(self, index: int, evidence: Evidence, lag: int) -> None:
        bucket = lag_bucket(lag)
        if bucket is None:
            return
        key: PriorKey = (PriorTable.LAG_AFFINITY, lag_key(evidence.subject, bucket))
        lifts = self._priors.strengths([key])[key]
        fade, relevances = LAG_FADE ** (lag - 1), self._relevances
        for product_id, following in self._next.items():
            if product_id in lifts:
                relevances[product_id] += ((index, fade * lifts[product_id] * following),)

    def _add_return(self, index: int, evidence: Evidence) -> None:
        if evidence.subject not in self._next:
            self._relevances[evidence.subject] += ((index, RETURN_WEIGHT),)

    def _add_category_view(self, index: int, evidence: Evidence) -> None:
        key: PriorKey = (PriorTable.CATEGORY_LEADERS, evidence.subject)
        leaders = self._priors.strengths([key])[key]
        relevances = self._relevances
        if any(lag is not None for lag in self._lags[:index]):
            for product_id in self._next.keys() & leaders.keys():
                relevance = LEFT_CATEGORY_WEIGHT * leaders[product_id] * self._next[product_id]
                relevances[product_id] += ((index, relevance),)
            return
        open_weights = {product: OPEN_CATEGORY_WEIGHT * of for product, of in leaders.items()}
        for product_id, relevance in self._with_freshness(open_weights).items():
            relevances[product_id] += ((index, relevance),)
