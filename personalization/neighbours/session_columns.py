"""Past sessions as arrays: a night has hundreds of thousands of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from personalization.domain.event import EventType
from personalization.neighbours.indexed_products import IndexedProducts
from personalization.neighbours.past_session import Act, PastSession

Places = npt.NDArray[np.int64]
Integers = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class ActColumns:
    """Act i of all: session j has the acts `starts[j]:starts[j + 1]`."""

    starts: Places
    views_before: Places
    products: Integers
    types: tuple[EventType, ...]
    """The type of each."""

    def part(self, first: int, end: int) -> "ActColumns":
        start, stop = int(self.starts[first]), int(self.starts[end])
        return ActColumns(
            self.starts[first : end + 1] - start,
            self.views_before[start:stop],
            self.products[start:stop],
            self.types[start:stop],
        )


@dataclass(frozen=True, eq=False)
class SessionColumns:
    """Sessions in the order given: session j has the views `starts[j]:starts[j + 1]`."""

    products: IndexedProducts
    """Of all views and acts."""
    starts: Places
    views: Integers
    """Numbers of products, oldest first."""
    acts: ActColumns
    ended_at: npt.NDArray[np.int64]
    digests: npt.NDArray[np.uint64]

    @classmethod
    def of(cls, sessions: "Iterable[PastSession] | SessionColumns") -> "SessionColumns":
        if isinstance(sessions, SessionColumns):
            return sessions
        every = list(sessions)
        views = [product for session in every for product in session.products]
        acts = [act for session in every for act in session.acts]
        names = sorted({*views, *(act.product for act in acts)})
        numbers = {name: number for number, name in enumerate(names)}
        return cls(
            products=IndexedProducts.of(names),
            starts=_starts(len(session.products) for session in every),
            views=np.array([numbers[name] for name in views], np.int32),
            acts=ActColumns(
                starts=_starts(len(session.acts) for session in every),
                views_before=np.array([act.views_before for act in acts], np.int64),
                products=np.array([numbers[act.product] for act in acts], np.int32),
                types=tuple(act.type for act in acts),
            ),
            ended_at=np.array([session.ended_at for session in every], np.int64),
            digests=np.array([session.digest for session in every], np.uint64),
        )

    def __len__(self) -> int:
        return len(self.ended_at)

    @property
    def owners(self) -> Places:
        """Return the session of each view."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    def part(self, first: int, end: int) -> "SessionColumns":
        start, stop = int(self.starts[first]), int(self.starts[end])
        return replace(
            self,
            starts=self.starts[first : end + 1] - start,
            views=self.views[start:stop],
            acts=self.acts.part(first, end),
            ended_at=self.ended_at[first:end],
            digests=self.digests[first:end],
        )

    def sessions(self, wanted: Iterable[int]) -> Iterator[PastSession]:
        """Yield some of the sessions as objects."""
        for number in wanted:
            start, end = int(self.starts[number]), int(self.starts[number + 1])
            first, last = int(self.acts.starts[number]), int(self.acts.starts[number + 1])
            before = self.acts.views_before[first:last].tolist()
            products = self.products.take(self.acts.products[first:last].tolist())
            yield PastSession(
                int(self.ended_at[number]),
                tuple(self.products.take(self.views[start:end].tolist())),
                tuple(map(Act, before, products, self.acts.types[first:last])),
                int(self.digests[number]),
            )


def _starts(lengths: Iterable[int]) -> Places:
    return np.cumsum([*chain([0], lengths)], dtype=np.int64)


def next_views(sessions: SessionColumns) -> tuple[Places, npt.NDArray[Any]]:
    """Return for each view the place where its session views the product again, and its count.

    The place is beyond all views where that never is; the count is 1 for the first view of it.
    """
    codes = sessions.owners * max(1, len(sessions.products)) + sessions.views
    order = np.argsort(codes, kind="stable")
    same = codes[order][1:] == codes[order][:-1]
    following = np.full(len(codes), len(codes), np.int64)
    following[order[:-1][same]] = order[1:][same]
    places = np.arange(len(codes))
    firsts = np.maximum.accumulate(
        np.where(np.append([True], same ^ True)[: len(codes)], places, 0)
    )
    counts = np.empty(len(codes), np.int64)
    counts[order] = places - firsts + 1
    return following, counts
