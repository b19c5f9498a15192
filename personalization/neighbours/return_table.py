"""The return table: the chance that a product seen in the session is the next one viewed.

    chance(d, n) = (returned + SHRINK * chance(d)) / (times + SHRINK)

`times` counts the views at which the product that was viewed last d products ago had been viewed n
times so far (1, 2, or 3 and more), `returned` those after which it came next; chance(d) is the same
over all n. Shoppers come back by habits that differ between shops: the newest product is viewed
again in every fourth step of one shop and in none of another.

Where sessions have more than views, there is a table for each type t of the newest interaction with
the product, shrunk to the one over all types, since carts and purchases are rare:

    chance(t, d, n) = (returned + SHRINK * chance(d, n)) / (times + SHRINK)
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from personalization.domain.event import EventType
from personalization.neighbours.past_session import PastSession, VisitStep, steps
from personalization.neighbours.session_columns import SessionColumns, next_views

STEPS_BACK = 20
"""The first is the newest product."""
TIMES_SEEN = 3
SHRINK = 50.0

Chances = tuple[tuple[float, ...], ...]
"""By steps back from 0, then by how often it was seen from once."""


@dataclass(frozen=True, slots=True)
class ReturnTable:
    chances: Chances
    """Empty where nothing is known."""
    by_type: Mapping[str, Chances] = field(default_factory=dict[str, Chances])
    """Type of the newest interaction with the product -> chances; empty where all were views, and
    in generations of earlier releases."""

    def chance(
        self, steps_back: int, times_seen: int, type_: EventType = EventType.PRODUCT_VIEW
    ) -> float:
        chances = self.by_type.get(type_, self.chances)
        if steps_back >= len(chances):
            return 0.0
        return chances[steps_back][min(times_seen, TIMES_SEEN) - 1]


NO_RETURNS = ReturnTable(())


class ReturnCounts:
    """Returns as they were counted so far."""

    def __init__(self) -> None:
        self._of: defaultdict[EventType, _Counts] = defaultdict(_Counts)

    def add(self, sessions: "Iterable[PastSession] | SessionColumns") -> None:
        """Count more sessions, in whatever order."""
        columns = SessionColumns.of(sessions)
        act_counts = np.diff(columns.acts.starts)
        for session in columns.sessions(np.flatnonzero(act_counts).tolist()):
            for step in steps(session):
                _count(step, self._of)
        self._add_views(columns, act_counts == 0)

    def _add_views(self, sessions: SessionColumns, wanted: npt.NDArray[np.bool_]) -> None:
        """Count the sessions that have nothing but views, all of them at once.

        Before the view at v the product viewed at u was seen last at u if it is not viewed again
        before v; it is so many steps back as there are such views between u and v.
        """
        following, counts = next_views(sessions)
        owners = sessions.owners
        asked = np.arange(len(owners)) - sessions.starts[owners]
        asked[~wanted[owners]] = 0
        columns = np.minimum(counts, TIMES_SEEN) - 1
        steps_back = np.zeros(len(owners), np.int64)
        sums = np.zeros((2, STEPS_BACK * TIMES_SEEN), np.int64)
        later, back = np.flatnonzero(asked), 1
        while len(later):
            earlier = later - back
            seen = (following[earlier] >= later) & (steps_back[later] < STEPS_BACK)
            here, before = later[seen], earlier[seen]
            cells = steps_back[here] * TIMES_SEEN + columns[before]
            came = following[before] == here
            sums[0] += np.bincount(cells, minlength=sums.shape[1])
            sums[1] += np.bincount(cells[came], minlength=sums.shape[1])
            steps_back[here] += 1
            back += 1
            later = later[asked[later] >= back]
        if sums[0].any():
            self._of[EventType.PRODUCT_VIEW].add(sums)

    def table(self) -> ReturnTable:
        counts = self._of
        if not counts:
            return NO_RETURNS
        times = _sums([of.times for of in counts.values()])
        returned = _sums([of.returned for of in counts.values()])
        chances = tuple(map(_chances, times, returned))
        if counts.keys() <= {EventType.PRODUCT_VIEW}:
            return ReturnTable(chances)
        return ReturnTable(
            chances,
            {
                type_.value: tuple(map(_shrunk, of.times, of.returned, chances))
                for type_, of in sorted(counts.items())
            },
        )


class _Counts:
    def __init__(self) -> None:
        self.times = [[0] * TIMES_SEEN for _ in range(STEPS_BACK)]
        self.returned = [[0] * TIMES_SEEN for _ in range(STEPS_BACK)]

    def add(self, sums: npt.NDArray[np.int64]) -> None:
        times, returned = sums.reshape(2, STEPS_BACK, TIMES_SEEN).tolist()
        self.times = _sums([self.times, times])
        self.returned = _sums([self.returned, returned])


def learn_returns(sessions: "Iterable[PastSession] | SessionColumns") -> ReturnTable:
    counts = ReturnCounts()
    counts.add(sessions)
    return counts.table()


def _count(step: VisitStep, counts: Mapping[EventType, _Counts]) -> None:
    for steps_back, product in zip(range(STEPS_BACK), reversed(step.views), strict=False):
        of = counts[step.types.get(product, EventType.PRODUCT_VIEW)]
        # What was bought without being viewed counts as seen once.
        column = min(step.views[product] or 1, TIMES_SEEN) - 1
        of.times[steps_back][column] += 1
        of.returned[steps_back][column] += product == step.next


def _sums(tables: Sequence[Sequence[Sequence[int]]]) -> list[list[int]]:
    return [list(map(sum, zip(*rows, strict=True))) for rows in zip(*tables, strict=True)]


def _chances(times: Sequence[int], returned: Sequence[int]) -> tuple[float, ...]:
    overall = sum(returned) / (sum(times) + SHRINK)
    return _shrunk(times, returned, (overall,) * len(times))


def _shrunk(
    times: Sequence[int], returned: Sequence[int], towards: Sequence[float]
) -> tuple[float, ...]:
    cells = zip(returned, times, towards, strict=True)
    return tuple((came + SHRINK * chance) / (count + SHRINK) for came, count, chance in cells)
