"""What a row or list was made from, out of its own decision, so that it can be made again.

The catalogue of a past moment is not kept, nor are the lists and filters' columns of that moment.
So the filtered set, the sources and the strengths of the terms are taken as they were: everything
that follows from them, from scores to the slate, is worked out once more.
"""

from personalization.decisions.given import Given
from personalization.domain.asked import Asked, Term
from personalization.domain.decision import ActionSource, Decision
from personalization.domain.identifiers import ProductId
from personalization.policies.placement import Placement

GIVEN = (
    "The products found for it, their sources and the strengths of its terms are taken from the "
    "record: the catalogue of that moment is not kept."
)


def given_again(decision: Decision, asked: Asked, placement: Placement) -> Given:
    sources = {
        action.product_id: tuple(
            source for source in action.sources if source is not ActionSource.PINNED
        )
        for action in decision.actions
    }
    names = [term.name for term in decision.frame.priors]
    terms = [
        Term(name, share, _strengths(decision, names.index(name) if name in names else -1))
        for name, share in asked.term_shares
    ]
    return Given(
        asked=asked, sources=sources, placement=placement, terms=terms, tuning=decision.tuning
    )


def _strengths(decision: Decision, place: int) -> dict[ProductId, float]:
    found = {
        action.product_id: dict(action.ingredients.strengths).get(place, 0.0)
        for action in decision.actions
    }
    return {product: strength for product, strength in found.items() if strength}
