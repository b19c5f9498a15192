"""Which sessions were ended before their time: what every process knows of it, a second later."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from personalization.domain.access.claim import Revocation
from personalization.domain.clock import Clock
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import SessionId
from personalization.domain.session import SESSION_LIFE
from personalization.neighbours.erasures import ErasedSessions
from personalization.ports.claim_store import ClaimStore
from personalization.telemetry.metrics import STORE_FAILURES

LOOK_SECONDS: Final = 1.0
MOST_KNOWN: Final = 400_000
"""Some 30 MB. Beyond that the store is asked for every session."""
_OVERLAP: Final = timedelta(seconds=15)
"""Read again with each look: clocks of processes differ, and a write takes its time."""
_AHEAD: Final = timedelta(minutes=5)
_STEP: Final = timedelta(hours=1)
"""Read at a time."""
_LIFE: Final = SESSION_LIFE + timedelta(hours=1)
_LOG: Final = logging.getLogger(__name__)


class RevokedSessions:
    """Hashes of session ids, which are forgotten by the hour in which they ended.

    Hashes of text are keyed by the process, so that nobody finds two ids of one.
    """

    def __init__(
        self, claims: ClaimStore, clock: Clock, erased: ErasedSessions | None = None
    ) -> None:
        self._claims = claims
        self._erased = erased
        self._clock = clock
        self._known: set[int] = set()
        self._hours: dict[int, list[int]] = {}
        self._read_until: datetime | None = None
        self._partial_until: datetime | None = None
        """Until when tokens may hold of ended sessions for which there was no room."""

    @property
    def knows_all(self) -> bool:
        """Whether a session that is not included has not ended, as of the last look."""
        return self._partial_until is None

    def includes(self, session_id: SessionId) -> bool:
        if hash(session_id) in self._known:
            return True
        return self._erased is not None and self._erased.includes(session_id)

    def add(self, session_id: SessionId, moment: datetime) -> bool:
        """Return whether that is news."""
        if hash(session_id) in self._known:
            return False
        if len(self._known) >= MOST_KNOWN:
            self._miss(moment)
            return False
        self._known.add(hash(session_id))
        self._hours.setdefault(_hour_of(moment), []).append(hash(session_id))
        return True

    def read(self) -> Sequence[Revocation]:
        """Return what the store has since the last look (blocking)."""
        if self._erased is not None:
            self._erased.refresh()
        now = self._clock.now()
        start = now - SESSION_LIFE if self._read_until is None else self._read_until - _OVERLAP
        found: list[Revocation] = []
        while start < now + _AHEAD:
            end = min(start + _STEP, now + _AHEAD)
            found += self._claims.revoked_between(start, end)
            start = end
            if len(found) > MOST_KNOWN:
                # No more than memory takes: a store may have many times that.
                self._miss(now + _AHEAD)
                break
        self._read_until = now
        return found

    def forget_old(self) -> None:
        """Forget the sessions whose tokens have expired."""
        if self._partial_until is not None and self._partial_until <= self._clock.now():
            self._partial_until = None
        oldest = _hour_of(self._clock.now() - _LIFE)
        for hour in [hour for hour in self._hours if hour < oldest]:
            self._known.difference_update(self._hours.pop(hour))

    def _miss(self, moment: datetime) -> None:
        """Note that some that ended until this moment are not included."""
        self._partial_until = max(self._partial_until or moment, moment + _LIFE)


class RevocationWatch:
    """Looks off the event loop for sessions that other processes have ended."""

    def __init__(self, revoked: RevokedSessions, on_end: Callable[[SessionId], None]) -> None:
        self._revoked = revoked
        self._on_end = on_end
        self._was_away = False

    async def run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Take over what was ended; while the store is away what is known stays."""
        try:
            found = await asyncio.to_thread(self._revoked.read)
        except StoreUnavailableError:
            STORE_FAILURES.labels("claims").inc()
            if not self._was_away:
                _LOG.warning("ended sessions cannot be read: what is known of them stays")
            self._was_away = True
            return
        self._was_away = False
        self._revoked.forget_old()
        for revocation in found:
            self.end(revocation)

    def end(self, revocation: Revocation) -> None:
        is_news = self._revoked.add(revocation.session_id, revocation.moment)
        # Of those that memory does not take nobody knows what is news.
        if is_news or not self._revoked.knows_all:
            self._on_end(revocation.session_id)


def _hour_of(moment: datetime) -> int:
    return int(moment.timestamp()) // 3_600
