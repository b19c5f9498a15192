"""Breadth: of each ten products, at most half are of one category, half seen, half most popular.

What suits a visit is mostly of the category that it looks through, and that is what a row of
similar products or of the category shows already, as others show the popular and the seen. Going
down the scores, a product whose ten has enough of its kind waits for the next ten, and is lowered
to the score of the one that it follows.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from personalization.domain.action_table import category_ids_of, product_ids_of, scores_of
from personalization.domain.decision import Action, Adjustment
from personalization.domain.identifiers import CategoryId, ProductId

BREADTH: Final = "breadth"
MOST_OF_A_KIND: Final = 5
TEN: Final = 10
MOST_POPULAR: Final = 20
"""Products of the shop that count as alike, since everybody is shown them."""
_STEP = 1e-6
"""Between scores that would be equal."""
_ANY: Final = -1
"""The kind that every product is of."""
_Kind = CategoryId | int
_Place = tuple[ProductId, float, tuple[_Kind, ...]]
"""A product with its score, its category and the numbers of the other kinds that it is of."""


def breadth(actions: Sequence[Action], kinds: Sequence[Collection[str]]) -> tuple[Adjustment, ...]:
    """Return what each action, given best first, loses; `kinds` are products that are alike."""
    columns = product_ids_of(actions), category_ids_of(actions), scores_of(actions)
    waiting: list[_Place] = [
        (product, score, (_ANY, category, *[n for n, of in enumerate(kinds) if product in of]))
        for product, category, score in zip(*columns, strict=True)
    ]
    amounts: dict[ProductId, float] = {}
    last = float("inf")
    for ten in _tens(waiting):
        for product, score, _ in ten.places:
            lowered = min(score, last - _STEP)
            if lowered < score:
                amounts[product] = lowered - score
            last = lowered
    return (Adjustment(BREADTH, amounts),) if amounts else ()


@dataclass(slots=True)
class _Ten:
    places: list[_Place] = field(default_factory=list[_Place])
    counts: dict[_Kind, int] = field(default_factory=dict[_Kind, int])
    full: set[_Kind] = field(default_factory=set[_Kind])
    """The kinds of which it has as many as it may."""


def _tens(places: Sequence[_Place]) -> list[_Ten]:
    """Put each into the first ten that has room for all its kinds."""
    tens = list[_Ten]()
    open_from: defaultdict[_Kind, int] = defaultdict(int)
    """The first ten that has room for a kind."""
    for place in places:
        alike = place[2]
        at = max([open_from[kind] for kind in alike])
        while at < len(tens) and not tens[at].full.isdisjoint(alike):
            at += 1
        if at == len(tens):
            tens.append(_Ten())
        ten = tens[at]
        ten.places.append(place)
        counts = ten.counts
        for kind in alike:
            count = counts[kind] = counts.get(kind, 0) + 1
            if count == (TEN if kind == _ANY else MOST_OF_A_KIND):
                ten.full.add(kind)
                while open_from[kind] < len(tens) and kind in tens[open_from[kind]].full:
                    open_from[kind] += 1
    return tens
