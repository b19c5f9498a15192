from collections.abc import Sequence

import numpy as np

from personalization.domain.action_table import (
    ActionNumbers,
    ActionTable,
    Floats,
    Sparse,
    category_ids_of,
    product_ids_of,
)
from personalization.domain.decision import Action


def table_of(actions: Sequence[Action], adjustments: int = 0) -> ActionTable:
    """Return the table of actions whose frame has so many adjustments."""
    made_of = [action.ingredients for action in actions]
    adjusted = _dense_rows([of.adjustments for of in made_of], adjustments)
    numbers = ActionNumbers(
        relevance=np.array([action.relevance for action in actions]),
        prior=np.array([action.prior for action in actions]),
        score=np.array([action.score for action in actions]),
        probability=np.array([of.probability for of in made_of]),
        cap=np.array([of.cap for of in made_of]),
        relevances=_dense_rows([of.relevances for of in made_of]),
        strengths=_dense_rows([of.strengths for of in made_of]),
        adjustments=adjusted if adjustments else None,
    )
    names = product_ids_of(actions), category_ids_of(actions)
    return ActionTable(*names, [action.sources for action in actions], numbers)


def _dense_rows(columns: Sequence[Sparse], least: int = 0) -> Floats:
    height = max([least, *[index + 1 for pairs in columns for index, _ in pairs]])
    rows = np.zeros((height, len(columns)))
    for place, pairs in enumerate(columns):
        for index, number in pairs:
            rows[index, place] = number
    return rows
