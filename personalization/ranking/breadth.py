"""Breadth: of each ten products, at most half are of one category, half seen, half most popular.

What suits a visit is mostly of the category that it looks through, and that is what a row of
similar products or of the category shows already, as others show the popular and the seen. Going
down the scores, a product whose ten has enough of its kind waits for the next ten, and is lowered
to the score of the one that it follows.
"""

from collections import Counter
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
    while waiting:
        ten, waiting = _next_ten(waiting)
        for product, score, _ in ten:
            lowered = min(score, last - _STEP)
            if lowered < score:
                amounts[product] = lowered - score
            last = lowered
    return (Adjustment(BREADTH, amounts),) if amounts else ()


def _next_ten(waiting: Sequence[_Place]) -> tuple[list[_Place], list[_Place]]:
    counts: Counter[CategoryId | int] = Counter()
    ten, later = list[_Place](), list[_Place]()
    for number_of_place, place in enumerate(waiting):
        if len(ten) == TEN:
            later += waiting[number_of_place:]
            break
        alike = place[2]
        is_next = all(counts[kind] < MOST_OF_A_KIND for kind in alike)
        (ten if is_next else later).append(place)
        if is_next:
            counts.update(alike)
    return ten, later
