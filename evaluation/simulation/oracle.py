"""What could be gained at most: slates by the true chances, in place of a score.

One oracle knows what a page tells, the product that is viewed, and no more of the shopper: no
learner of the ranking's features can be better for long, and only fatigue lets one be at all. The
other knows each shopper's type and what the session was shown: nobody can be better by more than
what slots taken greedily leave.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

import numpy as np

from evaluation.simulation.calibration import FATIGUE, MOST_FATIGUE, Floats
from evaluation.simulation.shops import Shop


class Page(NamedTuple):
    viewed: int
    """The product, or -1 where the ranking does not know it."""
    kind: int
    """The shopper's type."""
    late: int
    """0 in the first half of the time, 1 in the second."""


class Knows(StrEnum):
    PAGES = "oracle of pages"
    SHOPPERS = "oracle of shoppers"


class Oracle(Protocol):
    def order(
        self, page: Page, products: Sequence[int], seen: Mapping[int, int]
    ) -> tuple[int, ...]:
        """Return indexes into the products, best first, `seen` being times in the session."""


class PageOracle:
    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._chances: dict[tuple[int, int], Floats] = {}

    def order(
        self, page: Page, products: Sequence[int], seen: Mapping[int, int]
    ) -> tuple[int, ...]:
        del seen
        key = page.viewed, page.late
        if key not in self._chances:
            shop = self._shop
            types = shop.weights * (shop.views[:, page.viewed] if page.viewed >= 0 else 1.0)
            self._chances[key] = types / types.sum() @ shop.chances[page.late]
        return _best_first(self._chances[key][list(products)])


class ShopperOracle:
    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def order(
        self, page: Page, products: Sequence[int], seen: Mapping[int, int]
    ) -> tuple[int, ...]:
        fresh = self._shop.chances[page.late, page.kind]
        tired = [FATIGUE ** min(seen.get(product, 0), MOST_FATIGUE) for product in products]
        return _best_first(fresh[list(products)] * tired)


def make_oracle(knows: Knows, shop: Shop) -> Oracle:
    return PageOracle(shop) if knows is Knows.PAGES else ShopperOracle(shop)


def _best_first(chances: Floats) -> tuple[int, ...]:
    return tuple(np.argsort(-chances, kind="stable").tolist())
