from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

MAXIMUM_STEPS = 10
"""Rules reach back this many clicks, as in the published method."""


class Popularity:
    """Ranks by the number of views in the training sessions, whatever the session saw."""

    def __init__(self, sessions: Iterable[Sequence[str]]) -> None:
        counts: Counter[str] = Counter()
        for products in sessions:
            counts.update(products)
        self._ranking = [count for count, _ in sorted(counts.items(), key=lambda item: -item[1])]

    def __call__(self, prefix: Sequence[str]) -> Sequence[str]:
        del prefix
        return self._ranking


class SequentialRules:
    """Ranks by rules from the last product, weighted 1 / distance.

    Kamehkhosh, Jannach and Ludewig, A comparison of frequent pattern techniques and a deep
    learning method for session-based recommendation, 2017. Products without a rule follow by
    popularity, so that the whole catalogue is ranked.
    """

    def __init__(self, sessions: Iterable[Sequence[str]]) -> None:
        kept = [list(products) for products in sessions]
        self._popularity = Popularity(kept)
        self._rules: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for products in kept:
            self._learn(products)

    def __call__(self, prefix: Sequence[str]) -> Sequence[str]:
        rules: Mapping[str, float] = self._rules.get(prefix[-1], {})
        return sorted(self._popularity(prefix), key=lambda product: -rules.get(product, 0.0))

    def _learn(self, products: Sequence[str]) -> None:
        for index, product in enumerate(products):
            for distance in range(1, min(MAXIMUM_STEPS, index) + 1):
                self._rules[products[index - distance]][product] += 1 / distance
