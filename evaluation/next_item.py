"""Next-item quality: every prefix of a session is a query, its next product the one answer."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

CUTOFF = 20
Ranker = Callable[[Sequence[str]], Sequence[str]]
"""From the products viewed so far, oldest first, to a ranking of products, best first."""


@dataclass(frozen=True, slots=True)
class Query:
    """Products viewed so far, oldest first, and the one viewed next."""

    prefix: tuple[str, ...]
    target: str

    @property
    def is_repeat(self) -> bool:
        """Whether the next product was viewed before in the session."""
        return self.target in self.prefix


@dataclass(slots=True)
class RankingQuality:
    """Hit rate and mean reciprocal rank at a cutoff, in 0..1.

    HR@k is the share of queries whose target is among the first k, MRR@k the mean of 1/rank,
    with 0 beyond k (Ludewig and Jannach, Evaluation of session-based recommendation algorithms,
    2018).
    """

    cutoff: int = CUTOFF
    queries: int = 0
    hits: int = 0
    reciprocal_ranks: float = 0.0

    def add(self, rank: int | None) -> None:
        self.queries += 1
        if rank is not None and rank <= self.cutoff:
            self.hits += 1
            self.reciprocal_ranks += 1 / rank

    @property
    def hit_rate(self) -> float:
        """HR@k; 0 without queries."""
        return self.hits / self.queries if self.queries else 0.0

    @property
    def mean_reciprocal_rank(self) -> float:
        """MRR@k; 0 without queries."""
        return self.reciprocal_ranks / self.queries if self.queries else 0.0


@dataclass(frozen=True, slots=True)
class Quality:
    all: RankingQuality
    without_repeats: RankingQuality
    """Of queries whose target is new to the session, in the list as given."""
    without_seen: RankingQuality
    """Of the same queries, in the list without the products already seen."""

    @classmethod
    def empty(cls) -> "Quality":
        return cls(RankingQuality(), RankingQuality(), RankingQuality())

    def add(self, query: Query, ranking: Sequence[str]) -> "QueryRanks":
        """Count a query, and return where its target stands."""
        ranks = QueryRanks.of(query, ranking)
        self.all.add(ranks.given)
        if not query.is_repeat:
            self.without_repeats.add(ranks.given)
            self.without_seen.add(ranks.unseen)
        return ranks


class QueryRanks(NamedTuple):
    """The target's place among the first of a list, None if it is not there."""

    given: int | None
    """In the list as given."""
    unseen: int | None
    """In the list without what the session saw before; a repeated target is never there."""

    @classmethod
    def of(cls, query: Query, ranking: Sequence[str]) -> "QueryRanks":
        seen = set(query.prefix)
        first = ranking[: CUTOFF + len(seen)]
        unseen = [product for product in first if product not in seen]
        return cls(rank_of(query.target, first[:CUTOFF]), rank_of(query.target, unseen[:CUTOFF]))


def rank_of(target: str, ranking: Sequence[str]) -> int | None:
    """Return the target's place, 1 being the first; None if it is missing."""
    return ranking.index(target) + 1 if target in ranking else None


def queries_of(products: Sequence[str]) -> Iterable[Query]:
    """Yield a query for every prefix of a session's viewed products."""
    for length in range(1, len(products)):
        yield Query(tuple(products[:length]), products[length])
