"""What is added to scores after the blend: further summands, so that explanations still add up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from personalization.domain.decision import Action, Frame
from personalization.domain.identifiers import ProductId


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One named reason to move some products up or down, in units of the best score."""

    name: str
    amounts: Mapping[ProductId, float]
    """Products without an amount stay where they are."""


def best_first(actions: Sequence[Action]) -> tuple[Action, ...]:
    """Return the actions in the order of their scores, ties by product id."""
    return tuple(sorted(actions, key=lambda one: (-one.score, one.product_id)))


def adjusted(
    actions: Sequence[Action], frame: Frame, adjustments: Sequence[Adjustment]
) -> tuple[tuple[Action, ...], Frame]:
    """Return the actions with the adjustments in their scores, best first, and their frame.

    The best score is 1 again afterwards: all summands are divided by what it had become.
    """
    if not any(one.amounts for one in adjustments):
        return tuple(actions), frame
    before = len(frame.adjustments)
    added = [
        [
            (before + index, one.amounts[action.product_id])
            for index, one in enumerate(adjustments)
            if one.amounts.get(action.product_id)
        ]
        for action in actions
    ]
    scores = [
        action.score + sum(amount for _, amount in amounts)
        for action, amounts in zip(actions, added, strict=True)
    ]
    best = max(scores)
    scale = best if best > 0 else 1.0
    moved = (
        action._replace(
            score=score / scale,
            ingredients=action.ingredients._replace(
                adjustments=tuple(
                    (index, amount / scale)
                    for index, amount in (*action.ingredients.adjustments, *amounts)
                )
            ),
        )
        for action, score, amounts in zip(actions, scores, added, strict=True)
    )
    names = (*frame.adjustments, *(one.name for one in adjustments))
    return best_first(list(moved)), replace(frame, scale=frame.scale * scale, adjustments=names)
