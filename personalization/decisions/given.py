"""The products of one row or list, found and filtered already: only their order is open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import cast

import numpy as np

from personalization.decisions.visit import VisitReader
from personalization.domain.action_table import Floats, falling_order
from personalization.domain.asked import Asked, Term
from personalization.domain.decision import ActionSource
from personalization.domain.identifiers import ProductId
from personalization.domain.tuning import Tuning
from personalization.policies.placement import Placement
from personalization.ranking.blend import round_to
from personalization.ranking.candidates import Sources
from personalization.ranking.prior_strengths import PriorStrengths
from personalization.value_classes import copy_with


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What `DecisionMaker.decide_on` orders, and how."""

    asked: Asked
    sources: Mapping[ProductId, tuple[ActionSource, ...]]
    """The whole action set, each with the sets that named it. Only what may be shown is in it; what
    the catalogue does not know is left out. Its order says nothing: `by_terms` puts it in one."""
    placement: Placement
    """Its policy draws the slots; `size` of them."""
    terms: Sequence[Term] = ()
    tuning: Tuning | None = None
    """None for the one of profiles."""
    evidence_halfway: float | None = None
    """k, where neither tuning's holds: the larger, the less the visit weighs."""
    visit: VisitReader | None = None
    """Of the session, moment and pin of the decision, where several are made of them."""

    def tuning_by(self, usual: Tuning) -> Tuning:
        tuning = self.tuning or usual
        if self.evidence_halfway is None:
            return tuning
        return copy_with(tuning, evidence_halfway=self.evidence_halfway)


def settle(given: Given, mantissa_bits: int) -> Given:
    """Return it with terms and shares as its decision keeps them, so that a replay has the same."""
    if not (given.terms or given.asked.term_shares):
        return given
    terms = [
        Term(term.name, term.share, dict(zip(term.strengths, numbers.tolist(), strict=True)))
        for term in given.terms
        for numbers in (round_to(np.array(list(term.strengths.values()), float), mantissa_bits),)
    ]
    shares = tuple([(term.name, term.share) for term in terms])
    asked = given.asked
    if asked.term_shares != shares:
        asked = replace(asked, term_shares=shares)
    return copy_with(given, terms=terms, asked=asked)


def by_terms(sources: Sources, terms: Sequence[Term]) -> Sources:
    """Return the action set with the products first that its terms speak for most, then by id.

    Sums and equal scores go by an order, and a record keeps none but that of the scores.
    """
    product_ids = cast("list[ProductId]", list(sources))
    pulls: Floats = np.zeros(len(product_ids))
    for term in terms:
        pulls += term.share * _row(term, product_ids)
    order = falling_order(pulls, product_ids)
    return {product_ids[place]: sources[product_ids[place]] for place in order}


def with_terms(
    strengths: PriorStrengths, terms: Sequence[Term], product_ids: Sequence[ProductId]
) -> PriorStrengths:
    """Return the priors with terms below them; all weights add up to 1, where there are any."""
    present = [(term, _row(term, product_ids)) for term in terms if term.share > 0]
    present = [(term, row) for term, row in present if row.any()]
    if not present:
        return strengths
    taken = sum([term.share for term, _ in present])
    # Where no product has a prior, the terms have all of it.
    total = 1.0 if strengths.weights else taken
    weights = {name: weight * (1 - taken) for name, weight in strengths.weights.items()}
    weights |= {term.name: term.share / total for term, _ in present}
    rows: Floats = np.concatenate((strengths.rows, [row for _, row in present]))
    return PriorStrengths(weights, rows)


def _row(term: Term, product_ids: Sequence[ProductId]) -> Floats:
    strengths = map(term.strengths.get, product_ids, repeat(0.0))
    return np.fromiter(strengths, float, len(product_ids))
