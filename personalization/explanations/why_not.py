"""Why not: what chance a considered product had in each slot, shown or not."""

from dataclasses import dataclass

from personalization.domain.decision import Decision, Slot
from personalization.domain.identifiers import ProductId
from personalization.explanations.explain import Explained, Explainer
from personalization.explanations.names import Names


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """The chance of one product in one slot, the slots before it being as they were."""

    placement: str
    slot: int
    probability: float
    """0 where the product stood already before, or where a rule had placed another."""
    taken_by: ProductId
    taken_with: float
    """The propensity of what was shown there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNot:
    decision_id: str
    considered: int
    """How many products were considered."""
    product: Explained
    chances: tuple[Chance, ...]


def why_not(decision: Decision, names: Names, product_id: ProductId) -> WhyNot | None:
    """Return None for a product that the decision did not consider."""
    found = Explainer(decision, names).products([product_id])
    if not found:
        return None
    return WhyNot(
        decision_id=decision.decision_id,
        considered=len(decision.actions),
        product=found[0],
        chances=chances(decision, product_id),
    )


def chances(decision: Decision, product_id: ProductId) -> tuple[Chance, ...]:
    return tuple(
        Chance(
            placement=slot.placement,
            slot=slot.position,
            probability=_probability(decision, slot, product_id),
            taken_by=slot.product_id,
            taken_with=slot.propensity,
        )
        for slot in decision.slate
    )


def _probability(decision: Decision, slot: Slot, product_id: ProductId) -> float:
    drawn_from = zip(decision.remaining_at(slot), decision.distribution_at(slot), strict=True)
    by_product = {decision.actions[index].product_id: chance for index, chance in drawn_from}
    return by_product.get(product_id, 0.0)
