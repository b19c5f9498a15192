"""The session index: which sessions saw a product, and which products a session saw.

Products and sessions are numbers, in flat arrays; of a session nothing else is kept than its
products, when it ended and the digest by which it can be erased (`neighbours.erasures`). Sessions
are numbered by when they ended: a higher number is newer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from personalization.domain.tuning import INDEX_SESSIONS
from personalization.neighbours.indexed_products import IndexedProducts
from personalization.neighbours.past_session import PastSession
from personalization.neighbours.return_table import NO_RETURNS, ReturnTable
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
    sessions: Iterable[PastSession],
    returns: ReturnTable = NO_RETURNS,
    weights: SignalWeights = HAND_SET,
    maximum: int = INDEX_SESSIONS,
) -> SessionIndex:
    """Return the index of the newest sessions of at least two products, in whatever order given."""
    distinct = (
        PastSession(session.ended_at, last_views(session.products), digest=session.digest)
        for session in sessions
    )
    ordered = sorted(session for session in distinct if len(session.products) >= _SHORTEST)
    kept = ordered[max(0, len(ordered) - maximum) :]
    products = tuple(sorted(set(chain.from_iterable(session.products for session in kept))))
    numbers = {product: number for number, product in enumerate(products)}
    lengths = np.array([len(session.products) for session in kept], dtype=np.int64)
    seen = np.fromiter(
        (numbers[product] for session in kept for product in session.products),
        dtype=np.int32,
        count=int(lengths.sum()),
    )
    counts = np.bincount(seen, minlength=len(products))
    product_starts, product_sessions = _newest_sessions(seen, lengths, counts)
    digests = np.array([session.digest for session in kept], dtype=np.uint64)
    return SessionIndex(
        products=IndexedProducts.of(products),
        session_starts=_starts(lengths),
        session_products=seen,
        product_starts=product_starts,
        product_sessions=product_sessions,
        rarity=np.log(len(kept) / np.maximum(counts, 1)).astype(np.float32),
        ended_at=np.array([session.ended_at for session in kept], dtype=np.int64),
        digests=digests if digests.any() else NO_DIGESTS,
        returns=returns,
        weights=weights,
    )


def last_views(products: Sequence[str]) -> tuple[str, ...]:
    """Return the newest distinct products, in the order of their last views, oldest first."""
    newest = list(dict.fromkeys(reversed(products)))[:PRODUCTS_OF_A_SESSION]
    return tuple(reversed(newest))


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
    firsts = _starts(counts)[:-1]
    places = np.arange(len(seen)) - np.repeat(firsts, counts)
    newest = order[places < SESSIONS_OF_A_PRODUCT]
    return _starts(np.minimum(counts, SESSIONS_OF_A_PRODUCT)), owners[newest]


def _starts(lengths: npt.NDArray[Any]) -> Integers:
    return np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
