"""The live part as the night asks it: followers of the newest product, weighed by older ones.

It is what `personalization.ranking.relevance` says of a visit of views, from the tables that
`spark_jobs/transforms/affinity.py` would make of the sessions given; its docstring has their
formulas. Repetitions of a day are not left out, and nothing is kept but what the night asks for.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from personalization.domain.prior import LAG_BUCKETS, lag_bucket
from personalization.domain.tuning import DECAY
from personalization.neighbours.past_session import PastSession
from personalization.neighbours.session_columns import SessionColumns
from personalization.ranking.relevance import (
    LAG_FADE,
    NEXT_WEIGHT,
    RETURN_WEIGHT,
    SEEN_FRESHNESS,
)

_CANDIDATES = 60
_LIFTS = 100
_PSEUDO_COUNT, _LAG_PSEUDO_COUNT = 2.0, 30.0
_STEP_WEIGHTS = (1.0, 0.2, 0.04)
_OF_FEW = 0.5
"""What one session alone says counts half."""

Strengths = Mapping[str, float]
_Numbers = npt.NDArray[np.int64]


class LivePart:
    def __init__(
        self, sessions: Sequence[PastSession] | SessionColumns, wanted: Collection[str]
    ) -> None:
        """Count what follows the products that are wanted."""
        self._views = _Views(SessionColumns.of(sessions), wanted)
        self._following: dict[str, Strengths] = {}
        self._lifts: dict[tuple[str, int], Strengths] = {}
        counts = self._views.pairs((1, 2, 3), _STEP_WEIGHTS)
        self._following = self._views.strengths(counts, _PSEUDO_COUNT, _CANDIDATES, lift=False)
        for number, (first, last) in enumerate(LAG_BUCKETS, start=1):
            steps = range(first + 1, last + 2)
            counts = self._views.pairs(steps, [1.0] * len(steps))
            lifts = self._views.strengths(counts, _LAG_PSEUDO_COUNT, _LIFTS, lift=True)
            self._lifts |= {(product, number): of for product, of in lifts.items()}

    def strengths(self, prefix: Sequence[str]) -> dict[str, float]:
        """Return what the live part says after some views, oldest first."""
        seen, newest_first = set(prefix), list(reversed(prefix))
        following = {
            product: strength * (SEEN_FRESHNESS if product in seen else 1.0)
            for product, strength in self._following.get(prefix[-1], {}).items()
        }
        live = {product: NEXT_WEIGHT * strength for product, strength in following.items()}
        for lag, product in enumerate(newest_first):
            weight, bucket = DECAY**lag, lag_bucket(lag)
            if bucket is not None:
                lifts = self._lifts.get((product, bucket), {})
                fade = weight * LAG_FADE ** (lag - 1)
                for follower in lifts.keys() & following.keys():
                    live[follower] += fade * lifts[follower] * following[follower]
            if product not in following:
                live[product] = live.get(product, 0.0) + weight * RETURN_WEIGHT
        return live


class _Views:
    """All views of the sessions as numbers, one after the other."""

    def __init__(self, sessions: SessionColumns, wanted: Collection[str]) -> None:
        self.products = sessions.products
        self._views = sessions.views.astype(np.int64)
        self._owners = sessions.owners
        counts = np.bincount(self._views, minlength=len(self.products))
        self._shares = counts / max(1, len(self._views))
        asked = np.zeros(len(self.products), bool)
        numbers = map(self.products.number_of, wanted)
        asked[[number for number in numbers if number >= 0]] = True
        self._asked = asked
        self._names: dict[int, str] = {}

    def pairs(
        self, steps: Sequence[int], weights: Sequence[float]
    ) -> tuple[_Numbers, npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        """Return pairs as `first * products + second`, their weights, which are of one session."""
        codes, owners, worth = [], [], []
        for step, weight in zip(steps, weights, strict=True):
            first, second = self._views[:-step], self._views[step:]
            kept = (self._owners[:-step] == self._owners[step:]) & self._asked[first]
            codes.append(first[kept] * len(self.products) + second[kept])
            owners.append(self._owners[step:][kept])
            worth.append(np.full(int(kept.sum()), weight))
        every, owner = np.concatenate(codes), np.concatenate(owners)
        pairs, inverse = np.unique(every, return_inverse=True)
        distinct: _Numbers = pairs
        sums = np.bincount(inverse, np.concatenate(worth), len(distinct)).astype(np.float64)
        lowest = np.full(len(distinct), len(self._owners))
        highest = np.full(len(distinct), -1)
        np.minimum.at(lowest, inverse, owner)
        np.maximum.at(highest, inverse, owner)
        of_one: npt.NDArray[np.bool_] = lowest == highest
        return distinct, sums, of_one

    def _name(self, numbers: _Numbers) -> None:
        """Make the ids that are not here yet: each is one text for all lists."""
        missing = [number for number in numbers.tolist() if number not in self._names]
        self._names.update(zip(missing, self.products.take(missing), strict=True))

    def strengths(
        self,
        counts: tuple[_Numbers, npt.NDArray[np.float64], npt.NDArray[np.bool_]],
        pseudo_count: float,
        most: int,
        *,
        lift: bool,
    ) -> dict[str, Strengths]:
        """Return the largest of each product, the largest value being 1."""
        codes, sums, of_one = counts
        first, second = np.divmod(codes, len(self.products))
        self._name(np.unique(second))
        shares = self._shares[second]
        values = sums + pseudo_count * shares
        if lift:
            values = values / shares
        found: dict[str, Strengths] = {}
        starts = np.flatnonzero(np.diff(first, prepend=-1))
        ends = [*starts, len(first)][1:]
        for start, end in zip(starts, ends, strict=True):
            row = values[start:end]
            strengths = row / row.max() * np.where(of_one[start:end], _OF_FEW, 1.0)
            best = np.argsort(-strengths, kind="stable")[:most]
            names = map(self._names.__getitem__, second[start:end][best].tolist())
            product = self.products[int(first[start])]
            found[product] = dict(zip(names, strengths[best].tolist(), strict=True))
        return found
