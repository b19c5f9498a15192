"""Breadth: of each ten products, at most half are of one category, half seen, half most popular.

What suits a visit is mostly of the category that it looks through, and that is what a row of
similar products or of the category shows already, as others show the popular and the seen. Going
down the scores, a product whose ten has enough of its kind waits for the next ten, and is lowered
to the score of the one that it follows.
"""

from collections.abc import Collection, Sequence
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
_Place = tuple[ProductId, float, tuple[CategoryId | int, ...]]
"""A product with its score, its category and the numbers of the other kinds that it is of."""


def breadth(actions: Sequence[Action], kinds: Sequence[Collection[str]]) -> tuple[Adjustment, ...]:
    """Return what each action, given best first, loses; `kinds` are products that are alike."""
    columns = product_ids_of(actions), category_ids_of(actions), scores_of(actions)
    waiting: list[_Place] = [
        (product, score, (category, *[n for n, of in enumerate(kinds) if product in of]))
        for product, category, score in zip(*columns, strict=True)
    ]
    amounts: dict[ProductId, float] = {}
    last = float("inf")
    for ten in _tens(waiting):
        for product, score, _ in ten:
            lowered = min(score, last - _STEP)
            if lowered < score:
                amounts[product] = lowered - score
            last = lowered
    return (Adjustment(BREADTH, amounts),) if amounts else ()


def _tens(places: Sequence[_Place]) -> list[list[_Place]]:
    """Put each into the first ten that is not full and has room for all its kinds."""
    tens = list[list[_Place]]()
    counts = list[dict[CategoryId | int, int]]()
    open_from: dict[CategoryId | int, int] = {}
    """The ten before which a kind has no room."""
    for place in places:
        alike = place[2]
        ten = max([open_from.get(kind, 0) for kind in alike])
        while ten < len(tens) and (
            len(tens[ten]) == TEN
            or max([counts[ten].get(kind, 0) for kind in alike]) >= MOST_OF_A_KIND
        ):
            ten += 1
        if ten == len(tens):
            tens.append([])
            counts.append({})
        tens[ten].append(place)
        held = counts[ten]
        for kind in alike:
            held[kind] = held.get(kind, 0) + 1
            first = open_from.get(kind, 0)
            while first < len(tens) and counts[first].get(kind, 0) >= MOST_OF_A_KIND:
                first += 1
            open_from[kind] = first
    return tens
