"""The actions of a decision by columns, each action made when somebody asks for it.

A decision has a hundred actions, of which a page shows a fifth; the others are written, compared
and learned from, all of which go by columns.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt

from personalization.domain.decision import Action, ActionSource, Ingredients
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.value_classes import make_all

Floats = npt.NDArray[np.float64]
Sparse = tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class ActionNumbers:
    """The numbers of actions, a column for each; `Action` and `Ingredients` say what they are."""

    relevance: Floats
    prior: Floats
    score: Floats
    probability: Floats
    cap: Floats
    relevances: Floats
    """(pieces of evidence, actions), 0 for none."""
    strengths: Floats
    """(terms of the frame, actions), likewise."""
    adjustments: Floats | None = None
    """(adjustments of the frame, actions), likewise; None where there are none."""

    def at(self, places: Sequence[int]) -> "ActionNumbers":
        # Once for all columns, each of which would do it again.
        at = np.array(places, np.intp)
        return ActionNumbers(
            self.relevance.take(at),
            self.prior.take(at),
            self.score.take(at),
            self.probability.take(at),
            self.cap.take(at),
            self.relevances.take(at, axis=1),
            self.strengths.take(at, axis=1),
            None if self.adjustments is None else self.adjustments.take(at, axis=1),
        )


class ActionTable(Sequence[Action]):
    """Reads as a tuple of actions does, and equals one of the same actions."""

    def __init__(
        self,
        product_ids: Sequence[ProductId],
        category_ids: Sequence[CategoryId],
        sources: Sequence[tuple[ActionSource, ...]],
        numbers: ActionNumbers,
    ) -> None:
        self.product_ids = product_ids
        self.category_ids = category_ids
        self.sources = sources
        self.numbers = numbers
        self._all: tuple[Action, ...] | None = None

    @overload
    def __getitem__(self, index: int) -> Action: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Action, ...]: ...
    def __getitem__(self, index: int | slice) -> Action | tuple[Action, ...]:
        return self._actions()[index]

    def __len__(self) -> int:
        return len(self.product_ids)

    def __iter__(self) -> Iterator[Action]:
        return iter(self._actions())

    def __eq__(self, other: object) -> bool:
        return self._actions() == (tuple(other) if isinstance(other, ActionTable) else other)

    def __hash__(self) -> int:
        return hash(self._actions())

    def __repr__(self) -> str:
        return repr(self._actions())

    def reorder(self, places: Sequence[int], numbers: ActionNumbers) -> "ActionTable":
        """Return the actions in another order, with other numbers that are in the order of now."""
        return ActionTable(
            list(map(self.product_ids.__getitem__, places)),
            list(map(self.category_ids.__getitem__, places)),
            list(map(self.sources.__getitem__, places)),
            numbers.at(places),
        )

    def _actions(self) -> tuple[Action, ...]:
        if self._all is None:
            self._all = self.pick(range(len(self)))
        return self._all

    def pick(self, places: Sequence[int]) -> tuple[Action, ...]:
        """Return the actions at some places, without making the others."""
        if self._all is not None:
            return tuple(map(self._all.__getitem__, places))
        numbers = self.numbers.at(list(places))
        made_of = ingredients(
            numbers.probability,
            numbers.cap,
            numbers.relevances,
            numbers.strengths,
            numbers.adjustments,
        )
        parts = zip(
            map(self.product_ids.__getitem__, places),
            map(self.category_ids.__getitem__, places),
            map(self.sources.__getitem__, places),
            numbers.relevance.tolist(),
            numbers.prior.tolist(),
            numbers.score.tolist(),
            made_of,
            strict=True,
        )
        return tuple(make_all(Action, parts))


def ingredients(
    probabilities: Floats,
    caps: Floats,
    relevances: Floats,
    strengths: Floats,
    adjustments: Floats | None = None,
) -> list[Ingredients]:
    """Return what each score was made of, in the order of the columns."""
    count = len(probabilities)
    added = [()] * count if adjustments is None else sparse_columns(adjustments)
    sparse = sparse_columns(relevances), sparse_columns(strengths), added
    numbers = probabilities.tolist(), caps.tolist()
    return make_all(Ingredients, zip(*numbers, *sparse, strict=True))


def falling_order(scores: Floats, product_ids: Sequence[ProductId]) -> list[int]:
    """Return where the best score is, and so on; equal ones in the order of their products."""
    falling = -scores
    order = falling.argsort(kind="stable")
    sorted_scores = falling[order]
    if not (sorted_scores[1:] == sorted_scores[:-1]).any():
        places: list[int] = order.tolist()
        return places
    # Ids differ, so that nothing beyond them is ever compared.
    keys = zip(falling.tolist(), product_ids, range(len(product_ids)), strict=True)
    return [place for _, _, place in sorted(keys)]


def sparse_columns(matrix: Floats) -> list[Sparse]:
    """Return (row, number) pairs of each column, in the order of the rows, without zeros."""
    columns = matrix.T
    owners, rows = columns.nonzero()
    pairs = list(zip(rows.tolist(), columns[owners, rows].tolist(), strict=True))
    ends = np.bincount(owners, minlength=len(columns)).cumsum().tolist()
    return [tuple(pairs[start:end]) for start, end in zip([0, *ends], ends, strict=False)]


def pick_actions(actions: Sequence[Action], places: Sequence[int]) -> tuple[Action, ...]:
    if type(actions) is ActionTable:
        return actions.pick(places)
    return tuple(map(actions.__getitem__, places))


def product_ids_of(actions: Sequence[Action]) -> Sequence[ProductId]:
    if type(actions) is ActionTable:
        return actions.product_ids
    return [action.product_id for action in actions]


def category_ids_of(actions: Sequence[Action]) -> Sequence[CategoryId]:
    if type(actions) is ActionTable:
        return actions.category_ids
    return [action.category_id for action in actions]


def scores_of(actions: Sequence[Action]) -> list[float]:
    if type(actions) is ActionTable:
        scores: list[float] = actions.numbers.score.tolist()
        return scores
    return [action.score for action in actions]


def probabilities_of(actions: Sequence[Action]) -> list[float]:
    if type(actions) is ActionTable:
        probabilities: list[float] = actions.numbers.probability.tolist()
        return probabilities
    return [action.ingredients.probability for action in actions]
