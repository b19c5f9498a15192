"""Breadth puts each product into the ten that going down the scores again and again would."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from random import Random

import pytest

from personalization.domain.decision import Action
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.ranking.breadth import MOST_OF_A_KIND, TEN, breadth
from tests.builders.decision import a_decision


@dataclass(frozen=True)
class _Shelf:
    actions: Sequence[Action]
    kinds: Sequence[Collection[str]]

    def kinds_of(self, action: Action) -> list[CategoryId | int]:
        others = [n for n, of in enumerate(self.kinds) if action.product_id in of]
        return [action.category_id, *others]


def a_shelf(random: Random) -> _Shelf:
    action, count = a_decision().actions[0], random.randrange(1, 80)
    categories = random.choice([1, 2, 5, 40])
    scores = sorted([round(random.random(), 2) for _ in range(count)], reverse=True)
    actions = [
        action._replace(
            product_id=ProductId(f"p{place}"),
            category_id=CategoryId(f"c{random.randrange(categories)}"),
            score=score,
        )
        for place, score in enumerate(scores)
    ]
    ids = [action.product_id for action in actions]
    kinds = [random.sample(ids, random.randrange(count + 1)) for _ in range(random.randrange(4))]
    return _Shelf(actions, kinds)


def again_and_again(shelf: _Shelf) -> list[ProductId]:
    """Return the order by the definition: a ten takes whatever it has room for, from the top."""
    order, waiting = list[ProductId](), list(shelf.actions)
    while waiting:
        counts: Counter[CategoryId | int] = Counter()
        ten = list[Action]()
        for action in waiting:
            kinds = shelf.kinds_of(action)
            if len(ten) < TEN and all(counts[kind] < MOST_OF_A_KIND for kind in kinds):
                ten.append(action)
                counts.update(kinds)
        order += [action.product_id for action in ten]
        waiting = [action for action in waiting if action not in ten]
    return order


@pytest.mark.parametrize("seed", range(60))
def test_the_lowered_scores_are_in_the_order_of_the_tens(seed: int) -> None:
    shelf = a_shelf(Random(seed))

    amounts = [found.amounts for found in breadth(shelf.actions, shelf.kinds)]
    lowered = {
        action.product_id: action.score + sum(of.get(action.product_id, 0.0) for of in amounts)
        for action in shelf.actions
    }

    assert sorted(lowered, key=lambda product: -lowered[product]) == again_and_again(shelf)
