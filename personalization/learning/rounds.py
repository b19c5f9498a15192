"""From a closed position and its decision to a round: what was chosen, of what, what came of it."""

from dataclasses import dataclass

from personalization.domain.decision import Action, Decision, Slot
from personalization.domain.identifiers import ProductId
from personalization.ports.policy import Candidate, LearningRound


@dataclass(frozen=True, slots=True)
class ShownPosition:
    """A position of a slate that was seen, with the actions that remained when it was drawn."""

    decision: Decision
    slot: Slot
    remaining: tuple[Action, ...]
    """Best score first, without the products of the slots before."""
    chosen: int
    """The index of what was shown."""
    outcome: float
    """-1..1"""

    @property
    def logging(self) -> list[float]:
        """The probability with which the log would have shown each of the remaining actions.

        A slot is drawn epsilon-greedily (`personalization.ranking.slate`), so that its propensity
        tells the epsilon of its time: eps / m of what is not the best of m, (1 - eps) + eps / m
        of the best.
        """
        count = len(self.remaining)
        if count == 1:
            return [1.0]
        propensity = self.slot.propensity
        each = propensity if self.chosen else (1.0 - propensity) / (count - 1)
        return [1.0 - (count - 1) * each, *([each] * (count - 1))]


def shown_position(decision: Decision, product_id: ProductId, outcome: float) -> ShownPosition:
    """Return the position that showed the product.

    The actions are those that remained when that position was drawn, for its logged propensity
    is conditional on them. Raises `KeyError` if the slate does not hold the product.
    """
    shown = {slot.product_id: slot for slot in decision.slate}
    slot = shown[product_id]
    earlier = {one.product_id for one in decision.slate if one.position < slot.position}
    remaining = tuple(one for one in decision.actions if one.product_id not in earlier)
    chosen = next(index for index, one in enumerate(remaining) if one.product_id == product_id)
    return ShownPosition(decision, slot, remaining, chosen, outcome)


def learning_round(decision: Decision, product_id: ProductId, outcome: float) -> LearningRound:
    """Return what the policy learns from the position that showed the product.

    Raises `KeyError` if the slate does not hold the product.
    """
    shown = shown_position(decision, product_id, outcome)
    return LearningRound(
        context=decision.context,
        candidates=candidates_of(shown),
        chosen=shown.chosen,
        propensity=shown.slot.propensity,
        outcome=outcome,
    )


def candidates_of(shown: ShownPosition) -> tuple[Candidate, ...]:
    """Return what the policy may see of the actions that remained."""
    return tuple(
        Candidate(one.product_id, one.category_id, one.relevance, one.prior)
        for one in shown.remaining
    )
