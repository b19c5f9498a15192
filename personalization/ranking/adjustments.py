"""What is added to scores after the blend: further summands, so that explanations still add up."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from personalization.domain.decision import Action, Adjustment, Frame, Ingredients
from personalization.domain.identifiers import ProductId


def best_first(actions: Sequence[Action]) -> tuple[Action, ...]:
    # Ids differ, so that no two actions are ever compared themselves.
    keyed = [(-action.score, action.product_id, action) for action in actions]
    return tuple([action for _, _, action in sorted(keyed)])


def adjust(
    actions: Sequence[Action], frame: Frame, adjustments: Sequence[Adjustment]
) -> tuple[tuple[Action, ...], Frame]:
    """Return the actions best first, and their frame, scaled so that the best score is 1 again."""
    if not any(adjustment.amounts for adjustment in adjustments):
        return tuple(actions), frame
    by_product: defaultdict[ProductId, list[tuple[int, float]]] = defaultdict(list)
    for index, adjustment in enumerate(adjustments, len(frame.adjustments)):
        for product_id, amount in adjustment.amounts.items():
            by_product[product_id].append((index, amount))
    added = [by_product.get(action.product_id, []) for action in actions]
    scores = [
        action.score + sum(amount for _, amount in amounts)
        for action, amounts in zip(actions, added, strict=True)
    ]
    best = max(scores)
    scale = best if best > 0 else 1.0
    moved = [
        _move(action, score / scale, amounts, scale)
        for action, score, amounts in zip(actions, scores, added, strict=True)
    ]
    names = (*frame.adjustments, *(adjustment.name for adjustment in adjustments))
    return best_first(moved), replace(frame, scale=frame.scale * scale, adjustments=names)


def _move(
    action: Action, score: float, amounts: Sequence[tuple[int, float]], scale: float
) -> Action:
    """Build it of its parts: `_replace` takes several times as long, and there are a hundred."""
    product_id, category_id, sources, relevance, prior, _, made_of = action
    probability, cap, relevances, strengths, before = made_of
    if not before and not amounts:
        return Action(product_id, category_id, sources, relevance, prior, score, made_of)
    kept = tuple([(index, amount / scale) for index, amount in (*before, *amounts)])
    ingredients = Ingredients(probability, cap, relevances, strengths, kept)
    return Action(product_id, category_id, sources, relevance, prior, score, ingredients)
