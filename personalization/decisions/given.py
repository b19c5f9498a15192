"""The products of one row or list, found and filtered already: only their order is open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from personalization.domain.action_table import Floats
from personalization.domain.asked import Asked, Term
from personalization.domain.decision import ActionSource
from personalization.domain.identifiers import ProductId
from personalization.domain.tuning import Tuning
from personalization.policies.placement import Placement
from personalization.ranking.prior_strengths import PriorStrengths


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What `DecisionMaker.decide_on` orders, and how."""

    asked: Asked
    sources: Mapping[ProductId, tuple[ActionSource, ...]]
    """The whole action set in the order in which it was filled, each with the sets that named it.
    Only what may be shown is in it; what the catalogue does not know is left out."""
    placement: Placement
    """Its policy draws the slots; `size` of them."""
    terms: Sequence[Term] = ()
    tuning: Tuning | None = None
    """None for the one of profiles."""


def with_terms(
    strengths: PriorStrengths, terms: Sequence[Term], product_ids: Sequence[ProductId]
) -> PriorStrengths:
    """Return the priors with terms below them; all weights add up to 1, where there are any."""
    present = [(term, _row(term, product_ids)) for term in terms if term.share > 0]
    present = [(term, row) for term, row in present if any(row)]
    if not present:
        return strengths
    taken = sum([term.share for term, _ in present])
    # Where no product has a prior, the terms have all of it.
    total = 1.0 if strengths.weights else taken
    weights = {name: weight * (1 - taken) for name, weight in strengths.weights.items()}
    weights |= {term.name: term.share / total for term, _ in present}
    rows: Floats = np.concatenate((strengths.rows, np.array([row for _, row in present], float)))
    return PriorStrengths(weights, rows)


def _row(term: Term, product_ids: Sequence[ProductId]) -> list[float]:
    return [term.strengths.get(product_id, 0.0) for product_id in product_ids]
