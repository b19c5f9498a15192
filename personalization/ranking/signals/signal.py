"""A signal, and the visit that it speaks of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from personalization.domain.event import EventType
from personalization.domain.prior import PriorKey
from personalization.neighbours.scores import largest_first, neighbour_scores
from personalization.neighbours.session_index import SessionIndex

CANDIDATES = 100
"""As many as an action set has room for, were there nothing else."""
MOST_RETURNS = 0.95
ALL_VIEWED: Mapping[str, EventType] = {}


class ReadsStrengths(Protocol):
    """The lists of a generation, by the strengths of their members."""

    def strengths(self, keys: Sequence[PriorKey]) -> Mapping[PriorKey, Mapping[str, float]]:
        """Return member id -> strength for at least these keys, a missing list being empty."""


class FixedStrengths:
    """Lists given as they are, for a night whose generation is not stored yet."""

    def __init__(self, lists: Mapping[PriorKey, Mapping[str, float]]) -> None:
        self._lists = lists

    def strengths(self, keys: Sequence[PriorKey]) -> Mapping[PriorKey, Mapping[str, float]]:
        return {key: self._lists.get(key, {}) for key in keys}


class SessionVisit:
    """What is known of a session, and what several signals work out of it."""

    def __init__(
        self,
        seen: Mapping[str, int],
        index: SessionIndex,
        lists: ReadsStrengths,
        types: Mapping[str, EventType] = ALL_VIEWED,
    ) -> None:
        """`seen` are the products acted on, newest first, each with how often it was viewed.

        `types` has the type of the newest interaction with each, a view where it has none.
        """
        self.seen = seen
        self.index = index
        self.lists = lists
        self.types = types

    @cached_property
    def neighbours(self) -> dict[str, float]:
        """The best of what neighbours saw, best first; by their number among equals."""
        numbers, scores = neighbour_scores(self.index, list(self.seen), self.types)
        best = largest_first(scores, 2 * CANDIDATES)
        products = self.index.products.take(numbers[best].tolist())
        return dict(zip(products, scores[best].tolist(), strict=True))

    @cached_property
    def chances(self) -> dict[str, float]:
        """How likely each of the products seen is the next one, by the return table."""
        returns, types = self.index.returns, self.types
        return {
            product: returns.chance(steps_back, times, types.get(product, EventType.PRODUCT_VIEW))
            for steps_back, (product, times) in enumerate(self.seen.items())
        }

    @cached_property
    def returning(self) -> float:
        """R, the chance that any of them is."""
        return min(MOST_RETURNS, sum(self.chances.values()))


def share_of_new(visit: SessionVisit) -> float:
    """Return the chance that the next product is none of those seen."""
    return 1 - visit.returning


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    name: str
    """Of its term in a frame and of its weight in a generation."""
    words: str
    """What a sentence calls it."""
    strengths: Callable[[SessionVisit], Mapping[str, float]]
    """Product -> strength above 0, on any scale: a term is divided by its total over the set."""
    share: Callable[[SessionVisit], float] = share_of_new
    """How much of the next product it can speak of; its weight is multiplied by it."""
