"""The session index: which sessions saw a product, and which products a session saw.

Products and sessions are numbers, in flat arrays; of a session nothing else is kept than its
products, when it ended and the digest by which it can be erased (`neighbours.erasures`). Sessions
are numbered by when they ended: a higher number is newer.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from personalization.domain.tuning import INDEX_SESSIONS
from personalization.neighbours.indexed_products import IndexedProducts
from personalization.neighbours.past_session import PastSession
from personalization.neighbours.return_table import NO_RETURNS, ReturnTable
from personalization.neighbours.session_columns import SessionColumns, next_views
from personalization.neighbours.signal_weights import HAND_SET, SignalWeights

PRODUCTS_OF_A_SESSION = 20
"""The newest ones: a longer session is often a program's, and says less of each product."""
SESSIONS_OF_A_PRODUCT = 500
"""The newest ones, as many as are asked for their neighbours."""
_STEPS_OF_A_SCALE = 16
# By multiplication, which is the same on every processor to the last bit, as powers are not.
_FADES = np.cumprod([1.0, *[0.9394130628134758] * (20 * _STEPS_OF_A_SCALE)])
_SHORTEST = 2
"""A session of one product tells nothing of others."""

Integers = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.float32]
NO_DIGESTS = np.empty(0, dtype=np.uint64)


@dataclass(frozen=True, eq=False)
class SessionIndex:
    """Row i of a pair of arrays `starts` and `members` is `members[starts[i]:starts[i + 1]]`."""

    products: IndexedProducts
    """Number -> id."""
    session_starts: Integers
    session_products: Integers
    """In the order of their last views, oldest first."""
    product_starts: Integers
    product_sessions: Integers
    """Newest first."""
    rarity: Numbers
    """ln(sessions / sessions that saw the product): its inverse document frequency. Kept, since
    not every processor's logarithm is the same to the last bit."""
    ended_at: npt.NDArray[np.int64]
    digests: npt.NDArray[np.uint64] = field(default_factory=lambda: NO_DIGESTS)
    """Of the sessions; none where they are not known."""
    returns: ReturnTable = field(default=NO_RETURNS)
    weights: SignalWeights = field(default=HAND_SET)

    fade: npt.NDArray[np.float64] | None = field(init=False, repr=False)
    """What each session counts by its age, at most 1; None where age says nothing."""
    erased: npt.NDArray[np.bool_] | None = field(init=False, repr=False, default=None)
    """Which sessions are nobody's neighbours; None where all may be."""
    erased_version: int = field(init=False, repr=False, default=0)
    """Of the list of erased sessions, since when these are; 0 where none is."""

    def __post_init__(self) -> None:
        # Now, and not while somebody waits for a decision.
        object.__setattr__(self, "fade", _fade(self.ended_at, self.weights.time_scale_seconds))

    @property
    def session_count(self) -> int:
        return len(self.ended_at)


def build_index(
    sessions: Iterable[PastSession] | SessionColumns,
    returns: ReturnTable = NO_RETURNS,
    weights: SignalWeights = HAND_SET,
    maximum: int = INDEX_SESSIONS,
) -> SessionIndex:
    """Return the index of the newest sessions of at least two products, in whatever order given."""
    columns = SessionColumns.of(sessions)
    views, lengths = _last_views(columns)
    order = _by_end(columns, views, lengths)
    order = order[lengths[order] >= _SHORTEST]
    order = order[max(0, len(order) - maximum) :]
    lengths = lengths[order]
    kept = views[order]
    all_seen = kept[kept >= 0]
    used, inverse = np.unique(all_seen, return_inverse=True)
    seen: Integers = inverse.astype(np.int32)
    counts = np.bincount(seen, minlength=len(used))
    product_starts, product_sessions = _newest_sessions(seen, lengths, counts)
    digests = columns.digests[order]
    return SessionIndex(
        products=columns.products.part(used.tolist()),
        session_starts=row_starts(lengths),
        session_products=seen,
        product_starts=product_starts,
        product_sessions=product_sessions,
        rarity=np.log(len(order) / np.maximum(counts, 1)).astype(np.float32),
        ended_at=columns.ended_at[order],
        digests=digests if digests.any() else NO_DIGESTS,
        returns=returns,
        weights=weights,
    )


def _last_views(sessions: SessionColumns) -> tuple[Integers, npt.NDArray[np.int64]]:
    """Return the newest distinct products of each session, and how many these are.

    A row for each, in the order of their last views, oldest first; -1 beyond the last.
    """
    following, _ = next_views(sessions)
    owners = sessions.owners
    last = np.flatnonzero(following == len(following))
    counts = np.bincount(owners[last], minlength=len(sessions))
    lengths = np.minimum(counts, PRODUCTS_OF_A_SESSION)
    places = np.arange(len(last)) - (np.cumsum(counts) - lengths)[owners[last]]
    rows = np.full((len(sessions), PRODUCTS_OF_A_SESSION), -1, np.int32)
    newest = places >= 0
    rows[owners[last][newest], places[newest]] = sessions.views[last][newest]
    return rows, lengths


def _by_end(
    sessions: SessionColumns, views: Integers, lengths: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return the sessions as they ended; those of one second by what they viewed."""
    order = np.argsort(sessions.ended_at, kind="stable")
    ended_at = sessions.ended_at[order]
    same = ended_at[1:] == ended_at[:-1]
    tied = np.append(same, [False])[: len(order)] | np.append([False], same)[: len(order)]
    some = order[tied]
    columns = views[some, : int(lengths[some].max(initial=0))]
    keys = [sessions.digests[some], *reversed(columns.T), sessions.ended_at[some]]
    order[tied] = some[np.lexsort(keys)]
    return order


def _fade(ended_at: npt.NDArray[np.int64], scale_seconds: int) -> npt.NDArray[np.float64] | None:
    """Return exp(-age / scale) in steps of 1/16 scale, age being counted from the newest session.

    Counted from now it would be the same: all would be multiplied by one number, and a term is
    divided by its total.
    """
    if not scale_seconds or not len(ended_at):
        return None
    steps = (ended_at.max() - ended_at) * _STEPS_OF_A_SCALE // scale_seconds
    fades: npt.NDArray[np.float64] = _FADES[np.minimum(steps, len(_FADES) - 1)]
    return fades


def _newest_sessions(
    seen: Integers, lengths: npt.NDArray[np.int64], counts: npt.NDArray[Any]
) -> tuple[Integers, Integers]:
    owners = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
    # By product, the newest session first.
    order = np.lexsort((-owners, seen))
    firsts = row_starts(counts)[:-1]
    places = np.arange(len(seen)) - np.repeat(firsts, counts)
    newest = order[places < SESSIONS_OF_A_PRODUCT]
    return row_starts(np.minimum(counts, SESSIONS_OF_A_PRODUCT)), owners[newest]


def row_starts(lengths: npt.NDArray[Any]) -> Integers:
    """Return where rows of these lengths start, and where the last one ends."""
    return np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
