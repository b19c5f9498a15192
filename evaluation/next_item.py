"""Next-item quality: every prefix of a session is a query, its next product the one answer."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

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

    @classmethod
    def empty(cls) -> "Quality":
        return cls(RankingQuality(), RankingQuality())

    def add(self, query: Query, ranking: Sequence[str]) -> None:
        rank = rank_of(query.target, ranking)
        self.all.add(rank)
        if not query.is_repeat:
            self.without_repeats.add(rank)


def rank_of(target: str, ranking: Sequence[str]) -> int | None:
    """Return the target's place, 1 being the first; None if it is missing."""
    return ranking.index(target) + 1 if target in ranking else None


def queries_of(products: Sequence[str]) -> Iterable[Query]:
    """Yield a query for every prefix of a session's viewed products."""
    for length in range(1, len(products)):
        yield Query(tuple(products[:length]), products[length])
