"""Session neighbours: past sessions like this one vote for what comes next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from evaluation.baselines import code, depth
from evaluation.coded_sessions import CodedSessions

NEIGHBOURS = 100
SAMPLE = 1_000
"""Only the newest sessions that share a product are compared (500 and 1,000 are published)."""
STEP_LOSS = 0.1
"""What a vote loses with each step back."""
Floats = NDArray[np.float64]
Whole = NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Overlap:
    """What a session has in common with past ones.

    Pairs of a past session and a shared product, by ascending place of the product.
    """

    owners: Whole
    """Of each pair the past session, by its index in `sizes`."""
    places: Whole
    """Of each pair where the product was viewed last, counted from 1."""
    sizes: Whole
    """How many distinct products each past session has."""
    views: int
    """So far in this session."""


class Likeness(Protocol):
    def __call__(self, overlap: Overlap) -> tuple[Floats, Floats]:
        """Return of each past session its likeness, and the weight of its vote."""


def by_cosine(overlap: Overlap) -> tuple[Floats, Floats]:
    """Compare sets of products: |s and n| / sqrt(|n|), which is the vote too.

    S-kNN of Jannach and Ludewig, When recurrent neural networks meet the neighborhood for
    session-based recommendation, 2017. The size of s is the same for all n and left out.
    """
    likeness = np.bincount(overlap.owners) / np.sqrt(overlap.sizes)
    return likeness, likeness


def by_place(overlap: Overlap) -> tuple[Floats, Floats]:
    """Let newer views count for more, in the likeness and in the vote.

    V-SKNN of Ludewig and Jannach, Evaluation of session-based recommendation algorithms, 2018:
    p(i) being the last place of product i among v views, the likeness is
    sum over shared i of p(i) / v, divided by sqrt(|n|); the vote is the likeness times
    1 - 0.1 x the steps (from 1) back to the newest shared product, as their session-rec has it.
    """
    # Places are summed before they are divided: whole numbers have no rounding to break ties.
    sums = np.bincount(overlap.owners, overlap.places)
    likeness = sums / overlap.views / np.sqrt(overlap.sizes)
    newest = np.zeros(len(overlap.sizes), np.int64)
    # Of one session the last assignment stays, which is that of the newest place.
    newest[overlap.owners] = overlap.places
    steps = overlap.views - newest + 1
    return likeness, likeness * np.maximum(0.0, 1.0 - STEP_LOSS * steps)


class SessionNeighbours:
    """Ranks by score(i) = sum of the votes of the k nearest past sessions that have product i.

    Of equal likeness the newer session is nearer, of an equal score the more viewed product comes
    first; products without a vote follow by popularity.
    """

    def __init__(
        self,
        sessions: CodedSessions | Iterable[Sequence[str]],
        likeness: Likeness = by_place,
        neighbours: int = NEIGHBOURS,
        sample: int = SAMPLE,
    ) -> None:
        """Take past sessions, the oldest first."""
        self._sessions = code(sessions)
        self._sizes = np.diff(self._sessions.distinct.starts)
        self._likeness = likeness
        self._neighbours = neighbours
        self._sample = sample

    def __call__(self, prefix: Sequence[str]) -> Sequence[str]:
        voted = self.votes(prefix)[0]
        return self._sessions.names_of(self._sessions.fill(voted, depth(prefix)))

    def votes(self, prefix: Sequence[str]) -> tuple[Whole, Floats]:
        """Return the products with a vote by number, best first, and their scores."""
        last_places = {product: place for place, product in enumerate(prefix, start=1)}
        codes = self._sessions.codes
        known = [(place, codes[name]) for name, place in last_places.items() if name in codes]
        if not known:
            return np.empty(0, np.int64), np.empty(0)
        shared, places = self._newest_sharing(sorted(known))
        sessions, owners = np.unique(shared, return_inverse=True)
        sizes = self._sizes[sessions]
        overlap = Overlap(owners, places, sizes, len(prefix))
        likeness, votes = self._likeness(overlap)
        oldest = max(0, len(sessions) - self._sample)
        nearest = np.lexsort((-sessions[oldest:], -likeness[oldest:]))[: self._neighbours] + oldest
        products, lengths = self._sessions.distinct.chain_rows(sessions[nearest])
        voted, owners = np.unique(products, return_inverse=True)
        weights: Floats = np.repeat(votes[nearest], lengths)
        scores = np.bincount(owners, weights).astype(np.float64)
        order = np.lexsort((voted, -scores))
        return voted[order], scores[order]

    def _newest_sharing(self, known: Sequence[tuple[int, int]]) -> tuple[Whole, Whole]:
        """Return the newest sessions of each product, and the product's place beside each.

        The sample's size of each is enough: what is among the newest that share any product is
        among the newest of every product that it shares.
        """
        postings = self._sessions.postings
        rows = [postings.row(code)[-self._sample :] for _, code in known]
        lengths = [len(row) for row in rows]
        return np.concatenate(rows), np.repeat([place for place, _ in known], lengths)
