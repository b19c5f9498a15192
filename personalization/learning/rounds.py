"""From a closed impression and its decision to a round: what was chosen, of what, its outcome."""

from dataclasses import dataclass

from personalization.domain.decision import Action, Decision, Slot
from personalization.domain.identifiers import ProductId
from personalization.ports.policy import Candidate, LearningRound


@dataclass(frozen=True, slots=True)
class ShownImpression:
    """An impression of a slate that was seen, with the actions that remained when it was drawn."""

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
        """The probability with which the log would have shown each of the remaining actions."""
        return self.decision.distribution_at(self.slot)


def shown_impression(decision: Decision, product_id: ProductId, outcome: float) -> ShownImpression:
    """Raise `KeyError` if the slate lacks the product."""
    slot = {slot.product_id: slot for slot in decision.slate}[product_id]
    remaining = tuple(decision.actions[index] for index in decision.remaining_at(slot))
    chosen = [action.product_id for action in remaining].index(product_id)
    return ShownImpression(decision, slot, remaining, chosen, outcome)


def was_drawn(decision: Decision, product_id: ProductId) -> bool:
    """Say whether the decision drew the product, rather than a rule pinning it.

    A pinned one was the only choice: it teaches nothing about ranking.
    """
    return any(slot.product_id == product_id and not slot.pinned for slot in decision.slate)


def learning_round(
    decision: Decision, product_id: ProductId, outcome: float, corrects: float | None = None
) -> LearningRound:
    """Raise `KeyError` if the slate does not hold the product."""
    shown = shown_impression(decision, product_id, outcome)
    return LearningRound(
        context=decision.context,
        candidates=candidates_of(shown),
        chosen=shown.chosen,
        propensity=shown.slot.propensity,
        outcome=outcome,
        corrects=corrects,
        score=shown.remaining[shown.chosen].score,
    )


def candidates_of(shown: ShownImpression) -> tuple[Candidate, ...]:
    return tuple(map(Candidate.of, shown.remaining))
