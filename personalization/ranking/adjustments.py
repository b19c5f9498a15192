"""What is added to scores after the blend: further summands, so that explanations still add up."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import repeat

import numpy as np

from personalization.domain.action_table import ActionTable, falling_order
from personalization.domain.decision import Adjustment, Frame


def adjust(
    actions: ActionTable, frame: Frame, adjustments: Sequence[Adjustment]
) -> tuple[ActionTable, Frame]:
    """Return the actions best first, and their frame, scaled so that the best score is 1 again."""
    if not any(adjustment.amounts for adjustment in adjustments):
        return actions, frame
    numbers, ids = actions.numbers, actions.product_ids
    rows = [list(map(adjustment.amounts.get, ids, repeat(0.0))) for adjustment in adjustments]
    amounts = np.array(rows, float)
    # One after the other, as a sum of the pairs is.
    scores = numbers.score + np.add.accumulate(amounts, axis=0)[-1]
    best = max(scores.tolist())
    scale = best if best > 0 else 1.0
    before = numbers.adjustments
    added = amounts if before is None else np.concatenate((before, amounts))
    scores = scores / scale
    adjusted = replace(numbers, score=scores, adjustments=added / scale)
    names = (*frame.adjustments, *[adjustment.name for adjustment in adjustments])
    return (
        actions.reorder(falling_order(scores, ids), adjusted),
        replace(frame, scale=frame.scale * scale, adjustments=names),
    )
