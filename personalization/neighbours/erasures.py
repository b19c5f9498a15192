"""The list of erased sessions: nobody's neighbours from now on, and left out by every night.

The list has no ids, as the index has none. Both name a session by its digest, of which the index
keeps a column beside its numbers. The other way, finding a session's numbers by its events in the
history, was left: it needs a history that may be gone by then, takes others along that saw the
same in the same second, and misses an index that a night is making just now. The column costs 8
bytes a session, and whoever loads an index finds by the list alone which numbers are erased.

    digest(id) = the first 64 bits of SHA-256(key + id), as hexadecimal digits

The key is random, made once for a shop and kept with the list, away from the indexes: without it
nobody can tell by an index whether it has a session whose id he knows.

Every erasure has the version of the list from which on it holds, and a decision names the newest
one that took sessions out of the index it asked. So the newest list says what any earlier one was,
for as long as it has all that a kept index has.
"""

import hashlib
import logging
import secrets
from collections.abc import Collection, Iterable
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from personalization.codec.json_codec import JsonCodec
from personalization.domain.errors import StoreFullError
from personalization.domain.identifiers import SessionId
from personalization.neighbours.session_index import SessionIndex, row_starts
from personalization.plans.current_plan import NO_VERSION, CurrentPlan
from personalization.ports.plan_store import ERASURES, PlanStore

LOOK_SECONDS = 0.5
"""An erasure is honoured within a second."""
MOST_ERASED = 50_000
"""A megabyte, read by every process that decides when it changes."""
_KEY_BYTES = 16
DIGEST_DIGITS = 16

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What was erased by one request, and who asked for it."""

    version: int
    """Of the list, from which on it holds."""
    erased_at: datetime
    author: str
    sessions: tuple[str, ...]
    """Digests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasures:
    key: str = ""
    """Empty before there is anything to find by it."""
    version: int = NO_VERSION
    """Of the newest erasure there ever was."""
    erasures: tuple[Erasure, ...] = ()

    def sessions(self) -> frozenset[str]:
        return frozenset(name for erasure in self.erasures for name in erasure.sessions)

    def with_key(self) -> "Erasures":
        return self if self.key else replace(self, key=secrets.token_hex(_KEY_BYTES))

    def with_more(self, sessions: Iterable[str], erased_at: datetime, author: str) -> "Erasures":
        """Add the digests that are not here yet; raises `StoreFullError` beyond `MOST_ERASED`."""
        known = self.sessions()
        new = tuple(name for name in dict.fromkeys(sessions) if name not in known)
        if not new:
            return self
        if len(known) + len(new) > MOST_ERASED:
            raise StoreFullError(
                f"The list of erased sessions has room for {MOST_ERASED:,} and has {len(known):,}: "
                "nights shorten it by those whose events the history no longer keeps."
            )
        version = self.version + 1
        erasure = Erasure(version=version, erased_at=erased_at, author=author, sessions=new)
        return replace(self, version=version, erasures=(*self.erasures, erasure))

    def without(self, sessions: Collection[str]) -> "Erasures":
        """Drop some; versions stay what they were."""
        kept = (
            replace(
                erasure, sessions=tuple(name for name in erasure.sessions if name not in sessions)
            )
            for erasure in self.erasures
        )
        return replace(self, erasures=tuple(erasure for erasure in kept if erasure.sessions))

    def until(self, version: int) -> "Erasures":
        """Return the list as it was at a version."""
        known = tuple(erasure for erasure in self.erasures if erasure.version <= version)
        return replace(self, version=version, erasures=known)


Digests = npt.NDArray[np.uint64]
NOTHING_ERASED = Erasures()
ERASURE_LIST: JsonCodec[Erasures] = JsonCodec(Erasures)


def session_digest(key: str, session_id: SessionId) -> str:
    """Return the digest, which Spark makes in the same way."""
    return hashlib.sha256((key + session_id).encode()).hexdigest()[:DIGEST_DIGITS]


def digest_number(digest: str) -> int:
    return int(digest, 16)


def current_erasures(
    plans: PlanStore, every_seconds: float = LOOK_SECONDS
) -> CurrentPlan[Erasures]:
    return CurrentPlan(plans, ERASURES, ERASURE_LIST.decode, NOTHING_ERASED, every_seconds)


def read_erasures(plans: PlanStore) -> Erasures:
    """Return the newest list, from the store; raises `StoreUnavailableError`."""
    newest = plans.read(ERASURES)
    return NOTHING_ERASED if newest is None else ERASURE_LIST.decode(newest.body)


def sessions_within(index: SessionIndex, sessions: Collection[str]) -> frozenset[str]:
    """Return the digests that the index has."""
    return _sessions_among(index.digests, sessions)


def _sessions_among(digests: Digests, sessions: Collection[str]) -> frozenset[str]:
    here = np.isin(_numbers(sessions), digests).tolist()
    return frozenset(name for name, is_here in zip(sessions, here, strict=True) if is_here)


def _numbers(sessions: Collection[str]) -> Digests:
    return np.array([digest_number(name) for name in sessions], dtype=np.uint64)


def sessions_with_products(index: SessionIndex, sessions: Collection[str]) -> frozenset[str]:
    """Return the digests of which the index has what they saw."""
    return _sessions_among(index.digests[~_are_empty(index)], sessions)


def _are_empty(index: SessionIndex) -> npt.NDArray[np.bool_]:
    """Say of each digest whether nothing is left of what its session saw."""
    empty: npt.NDArray[np.bool_] = np.diff(index.session_starts)[: len(index.digests)] == 0
    return empty


def empty_sessions(index: SessionIndex, sessions: Collection[str]) -> SessionIndex:
    """Return an index that has nothing of these sessions but their numbers, ends and digests.

    Whoever leaves them out is answered as before, bit for bit.
    """
    gone = np.isin(index.digests, _numbers(sessions))
    lengths = np.diff(index.session_starts)
    of_products = np.diff(index.product_starts)
    owners = np.repeat(np.arange(len(of_products)), of_products)
    stay = ~gone[index.product_sessions]
    return replace(
        index,
        session_starts=row_starts(np.where(gone, 0, lengths)),
        session_products=index.session_products[~np.repeat(gone, lengths)],
        product_starts=row_starts(np.bincount(owners[stay], minlength=len(of_products))),
        product_sessions=index.product_sessions[stay],
    )


def emptied_version(index: SessionIndex, erasures: Erasures) -> int:
    """Return since which version of the list the index lacks what some session saw, 0 if none."""
    empty = index.digests[_are_empty(index)]
    versions = (
        erasure.version
        for erasure in erasures.erasures
        if len(empty) and _sessions_among(empty, erasure.sessions)
    )
    return max(versions, default=NO_VERSION)


def without_erased(index: SessionIndex, erasures: Erasures) -> SessionIndex:
    """Return the same index, sharing all of it, that asks no erased session.

    One of a former release, without digests, is returned as it is.
    """
    versions = {
        digest_number(name): erasure.version
        for erasure in erasures.erasures
        for name in erasure.sessions
    }
    erased = np.isin(index.digests, np.array(list(versions), dtype=np.uint64))
    version = max(map(versions.__getitem__, index.digests[erased].tolist()), default=NO_VERSION)
    if version == index.erased_version:
        return index
    masked = copy(index)
    object.__setattr__(masked, "erased", erased if version else None)
    object.__setattr__(masked, "erased_version", version)
    author = next((known.author for known in erasures.erasures if known.version == version), None)
    fields = {"sessions": int(erased.sum()), "version": version, "author": author}
    _LOG.info("erased sessions are left out of the session index", extra={"fields": fields})
    return masked


class ErasedSessions:
    """Which sessions are erased, by the newest list that was read; any thread may ask."""

    def __init__(self, plan: CurrentPlan[Erasures]) -> None:
        self._plan = plan
        self._known = NO_VERSION, frozenset[str]()

    def refresh(self) -> None:
        """Read a newer list if there is one (blocking); while the store is away nothing changes."""
        self._plan.refresh()

    def version(self) -> int:
        """Return that of the newest list, looking for a newer one now and then."""
        return self._plan.read().version

    def includes(self, session_id: SessionId, *, looks: bool = False) -> bool:
        """Say whether a session is on the list; one that `looks` reads it again now and then."""
        parsed = self._plan.read() if looks else self._plan.last_read
        version, digests = self._known
        if version != parsed.version:
            digests = parsed.document.sessions()
            self._known = parsed.version, digests
        return bool(digests) and session_digest(parsed.document.key, session_id) in digests
