"""From a closed position and its decision to what the policy learns from."""

from personalization.domain.decision import Action, Decision
from personalization.domain.identifiers import ProductId
from personalization.ports.policy import Candidate, LearningRound


def learning_round(decision: Decision, product_id: ProductId, outcome: float) -> LearningRound:
    """Return the round of the position that showed the product.

    The candidates are the actions that remained when that position was drawn, for its logged
    propensity is conditional on them. Raises `KeyError` if the slate does not hold the product.
    """
    shown = {slot.product_id: slot for slot in decision.slate}
    slot = shown[product_id]
    earlier = {one.product_id for one in decision.slate if one.position < slot.position}
    remaining = [one for one in decision.actions if one.product_id not in earlier]
    chosen = next(index for index, one in enumerate(remaining) if one.product_id == product_id)
    return LearningRound(
        context=decision.context,
        candidates=tuple(candidate_of(one) for one in remaining),
        chosen=chosen,
        propensity=slot.propensity,
        outcome=outcome,
    )


def candidate_of(action: Action) -> Candidate:
    """Return what the policy may see of an action."""
    return Candidate(action.product_id, action.category_id, action.relevance, action.prior)
