"""Shoppers with intentions of their own, who are tempted by what they are shown."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log2
from random import Random

OTHER_WAYS = 0.05
"""How often a shopper goes on to whatever product, by its share of all views."""
Distribution = tuple[tuple[str, ...], tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Step:
    """What a shopper wanted, and what was clicked in the end."""

    wanted: str
    clicked: str


class SimulatedShoppers:
    """Want next what real shoppers viewed next; the slate may talk them into something else.

    One whose wish is on the slate clicks it. Else the slate persuades with a probability `trust`:
    then one of its products is clicked, in proportion to how often real shoppers went on to it
    (no less than `OTHER_WAYS` of its popularity) and to 1 / log2(position + 2), as attention fades.
    """

    def __init__(self, sessions: Sequence[Sequence[str]], trust: float) -> None:
        self._trust = trust
        self._views = Counter(product for session in sessions for product in session)
        self._following: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for session in sessions:
            for product, following in pairwise(session):
                self._following[product][following] += 1
        self._first = _distribution(Counter(session[0] for session in sessions))
        self._any = _distribution(self._views)
        self._next = {product: _distribution(counts) for product, counts in self._following.items()}

    def first(self, chance: Random) -> str:
        return _one_of(self._first, chance)

    def step(self, current: str, slate: Sequence[str], chance: Random) -> Step:
        """Return what somebody who looks at a product and a slate does."""
        astray = chance.random() < OTHER_WAYS or current not in self._next
        wanted = _one_of(self._any if astray else self._next[current], chance)
        if wanted in slate or chance.random() >= self._trust:
            return Step(wanted, wanted)
        appeals = tuple(
            self._appeal(current, slot) / log2(position + 2) for position, slot in enumerate(slate)
        )
        if not sum(appeals):
            return Step(wanted, wanted)
        return Step(wanted, _one_of((tuple(slate), appeals), chance))

    def _appeal(self, current: str, product: str) -> float:
        following = self._following[current]
        after = following[product] / following.total() if following else 0.0
        popular = self._views[product] / self._views.total()
        return (1 - OTHER_WAYS) * after + OTHER_WAYS * popular


def _distribution(counts: Mapping[str, int]) -> Distribution:
    ordered = sorted(counts.items())
    return tuple(product for product, _ in ordered), tuple(float(count) for _, count in ordered)


def _one_of(distribution: Distribution, chance: Random) -> str:
    products, weights = distribution
    return chance.choices(products, weights)[0]
