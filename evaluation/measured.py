"""What is measured of one ranking over all queries: how well it foresees, and how varied it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evaluation.next_item import Quality, Query, Ranker
from evaluation.variety import KnownShop, Variety


@dataclass(frozen=True, slots=True)
class Measured:
    """Quality and variety of the same rankings."""

    quality: Quality
    variety: Variety

    @classmethod
    def of(cls, shop: KnownShop) -> "Measured":
        """Return the measures of no ranking yet."""
        return cls(Quality.empty(), Variety(shop))

    def add(self, query: Query, ranking: Sequence[str]) -> None:
        """Count a query with the ranking that answered it."""
        self.quality.add(query, ranking)
        self.variety.add(ranking)


def measure(ranker: Ranker, queries: Iterable[Query], shop: KnownShop) -> Measured:
    """Return the measures of a ranker that sees product ids only."""
    measured = Measured.of(shop)
    for query in queries:
        measured.add(query, ranker(query.prefix))
    return measured
