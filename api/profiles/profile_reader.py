import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from weakref import WeakValueDictionary

from api.http.blocking_calls import BlockingCalls
from api.profiles.decision_tokens import DecisionTokens
from api.profiles.first_profiles import MakesProfiles
from api.profiles.profile_cache import CachedProfile, ProfileCache, UnwrittenProfile
from api.profiles.redaction import ProfileRedaction
from api.profiles.slate_book import SlateBook
from personalization.domain.clock import Clock
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.first_visit import FirstVisit
from personalization.domain.identifiers import SessionId
from personalization.domain.session import Session
from personalization.ports.decision_history import DecisionHistory, DecisionRecord
from personalization.ports.profile_store import ProfileStore, StoredProfile
from personalization.profiles.builder import stored_profile
from personalization.profiles.last_profile import last_profile
from personalization.telemetry.metrics import PROFILES_MADE, STORE_FAILURES
from personalization.tracking.client_hints import ClientHints

FIRST_VERSION = 0
"""A profile made before any event; the first one made of events is newer."""


class ProfileSource(StrEnum):
    MEMORY = "memory"
    STORE = "store"
    HISTORY = "history"
    """The last one decided, because the store has lost it."""
    MADE = "made"
    UNRECORDED = "unrecorded"
    """Made while neither history nor log took its decision: it cannot be explained later."""
    CACHE = "cache"
    """The last one known, because the store does not answer."""


@dataclass(frozen=True, slots=True)
class FoundProfile:
    profile: CachedProfile
    source: ProfileSource


@dataclass(frozen=True, slots=True)
class ReaderStores:
    """Where profiles are looked for, in this order, and what makes the first ones."""

    profiles: ProfileStore
    decisions: DecisionHistory
    maker: MakesProfiles
    tokens: DecisionTokens


@dataclass(frozen=True, slots=True)
class _MadeProfile:
    stored: StoredProfile
    profile: CachedProfile
    source: ProfileSource


@dataclass(frozen=True, slots=True)
class ProfileReader:
    """Reads profiles once per session at a time, however many ask."""

    stores: ReaderStores
    cache: ProfileCache
    redaction: ProfileRedaction
    clock: Clock
    blocking: BlockingCalls
    book: SlateBook
    is_refused: Callable[[SessionId], bool] = lambda _: False
    """Says, as far as this process knows, whether a session does not want to be chosen for."""
    _locks: WeakValueDictionary[SessionId, asyncio.Lock] = field(
        init=False, default_factory=WeakValueDictionary
    )

    async def current(
        self,
        session_id: SessionId,
        hints: ClientHints,
        seen_version: int = FIRST_VERSION,
        *,
        first_contact: bool = False,
    ) -> FoundProfile:
        """Return the session's profile, or one made from priors where it has none.

        What the store has lost is looked for in the history of decisions. On first contact there
        cannot be any, and the profile that is made is written nowhere: while nobody holds the
        session only memory keeps it, so that it is the same at every later read.

        A reader who has seen a newer version than the memory holds is answered by the store:
        another process may have shown it before its notice reached this one. Raises
        `NoActiveGenerationError` where there are no priors to make it from.
        """
        found = await self._current(session_id, hints, seen_version, first_contact=first_contact)
        if hints.is_refused and found.profile.is_personalized:
            # The scorer has not heard of it yet, or nothing is to be kept of the visit.
            self.cache.drop(session_id)
            return await self.make_from_priors(session_id, hints)
        self._note(found.profile)
        return found

    def recall(self, session_id: SessionId) -> CachedProfile | None:
        """Return what memory has of the session and may be shown now, without waiting."""
        fresh = self._fresh(session_id, FIRST_VERSION)
        if fresh is None or (fresh.is_personalized and self.is_refused(session_id)):
            return None
        self._note(fresh)
        return fresh

    async def _current(
        self, session_id: SessionId, hints: ClientHints, seen_version: int, *, first_contact: bool
    ) -> FoundProfile:
        fresh = self._fresh(session_id, seen_version)
        if fresh is not None:
            return FoundProfile(fresh, ProfileSource.MEMORY)
        lock = self._locks.get(session_id)
        if lock is None:
            lock = self._locks[session_id] = asyncio.Lock()
        async with lock:
            fresh = self._fresh(session_id, seen_version)
            if fresh is not None:
                return FoundProfile(fresh, ProfileSource.MEMORY)
            return await self._find(session_id, hints, first_contact=first_contact)

    async def reload(self, session_ids: Sequence[SessionId]) -> dict[SessionId, CachedProfile]:
        found = await self.blocking.run(lambda: self._read(session_ids))
        for session_id in session_ids:
            first = None if session_id in found else self._unwritten(session_id)
            if first is not None:
                found[session_id] = await self._redact_unwritten(first)
        for session_id, profile in list(found.items()):
            if profile.is_personalized and self.is_refused(session_id):
                # A newer one is on its way.
                del found[session_id]
            else:
                self._note(profile)
        return {session: self.cache.put(session, profile) for session, profile in found.items()}

    async def make_from_priors(self, session_id: SessionId, hints: ClientHints) -> FoundProfile:
        """Return a profile of priors, not stored or cached: it tells nothing of the session."""

        def make() -> CachedProfile:
            record, visit = self._decide(session_id, hints)
            stored = stored_profile(record.profile)
            unwritten = UnwrittenProfile(stored, self.stores.tokens.issue(visit, self.clock.now()))
            return self.redaction.redact(stored).with_token(unwritten)

        return FoundProfile(await self.blocking.run(make), ProfileSource.MADE)

    async def last_from_priors(self, session_id: SessionId, hints: ClientHints) -> FoundProfile:
        """Return what was made for the session before its first event, or make it."""
        first = self._unwritten(session_id)
        if first is None:
            return await self.make_from_priors(session_id, hints)
        found = await self._redact_unwritten(first)
        self._note(found)
        return FoundProfile(found, ProfileSource.CACHE)

    def _note(self, profile: CachedProfile) -> None:
        """Remember what is shown, for the impressions of it."""
        if profile.slate is not None:
            self.book.put(profile.slate)

    def _unwritten(self, session_id: SessionId) -> UnwrittenProfile | None:
        last = self.cache.last(session_id)
        return last.unwritten if last is not None else None

    async def _redact_unwritten(self, first: UnwrittenProfile) -> CachedProfile:
        redacted = await self.blocking.run(lambda: self.redaction.redact(first.stored))
        return redacted.with_token(first)

    def _fresh(self, session_id: SessionId, seen_version: int) -> CachedProfile | None:
        """Return what the memory holds, if it is fresh and made under the rules of now."""
        fresh = self.cache.fresh(session_id)
        if fresh is None or fresh.version < seen_version:
            return None
        return fresh if self.redaction.holds(fresh) else None

    def _read(self, session_ids: Sequence[SessionId]) -> dict[SessionId, CachedProfile]:
        found = self.stores.profiles.read_many(session_ids)
        return {key: self.redaction.redact(profile) for key, profile in found.items()}

    async def _find(
        self, session_id: SessionId, hints: ClientHints, *, first_contact: bool
    ) -> FoundProfile:
        try:
            found = await self.blocking.run(lambda: self._read([session_id]))
        except StoreUnavailableError:
            STORE_FAILURES.labels("profiles").inc()
            if first_contact:
                return await self.last_from_priors(session_id, hints)
            return await self._without_store(session_id, hints)
        if session_id in found:
            return FoundProfile(self.cache.put(session_id, found[session_id]), ProfileSource.STORE)
        if first_contact:
            first = self._unwritten(session_id)
            if first is not None:
                again = self.cache.put(session_id, await self._redact_unwritten(first))
                return FoundProfile(again, ProfileSource.MEMORY)
            made = await self.make_from_priors(session_id, hints)
            return replace(made, profile=self.cache.put(session_id, made.profile))
        return await self._restore(session_id, hints)

    async def _restore(self, session_id: SessionId, hints: ClientHints) -> FoundProfile:
        """Put back what the store has lost: the newest of what history and memory know."""
        remembered = self.cache.last(session_id)
        if remembered is not None and remembered.unwritten is not None:
            # It is stored with its decision, at the first event that names it.
            remembered = None
        try:
            restore = partial(self._restore_from_history, session_id, remembered)
            found = await self.blocking.run(restore)
        except StoreUnavailableError:
            STORE_FAILURES.labels("decisions").inc()
            return await self._without_store(session_id, hints)
        if found is None:
            return await self._first(session_id, hints)
        return FoundProfile(self.cache.put(session_id, found), ProfileSource.HISTORY)

    def _restore_from_history(
        self, session_id: SessionId, remembered: CachedProfile | None
    ) -> CachedProfile | None:
        decided = last_profile(self.stores.decisions, session_id, self.clock.now())
        known = [stored_profile(decided)] if decided else []
        if remembered is not None:
            known.append(StoredProfile(remembered.version, remembered.body))
        if not known:
            return None
        newest = max(known, key=lambda profile: profile.version)
        return self.redaction.redact(self._put_into_store(session_id, newest))

    async def _without_store(self, session_id: SessionId, hints: ClientHints) -> FoundProfile:
        last = self.cache.last(session_id)
        if last is not None:
            known = StoredProfile(last.version, last.body)
            redacted = await self.blocking.run(partial(self.redaction.redact, known, last.withheld))
            return FoundProfile(redacted, ProfileSource.CACHE)
        made = await self.blocking.run(lambda: self._make(session_id, hints))
        if made.source is ProfileSource.MADE:
            self.cache.put(session_id, made.profile)
        return FoundProfile(made.profile, made.source)

    async def _first(self, session_id: SessionId, hints: ClientHints) -> FoundProfile:
        """Make and store the first profile; a newer one stored meanwhile wins."""

        def store() -> _MadeProfile:
            made = self._make(session_id, hints)
            if made.source is not ProfileSource.MADE:
                return made
            try:
                put = self._put_into_store(session_id, made.stored)
            except StoreUnavailableError:
                STORE_FAILURES.labels("profiles").inc()
                return made
            return _MadeProfile(put, self.redaction.redact(put), made.source)

        made = await self.blocking.run(store)
        profile = made.profile
        if made.source is ProfileSource.MADE:
            profile = self.cache.put(session_id, profile)
        return FoundProfile(profile, made.source)

    def _put_into_store(self, session_id: SessionId, profile: StoredProfile) -> StoredProfile:
        """Store the profile and return what is stored now, which may be newer."""
        self.stores.profiles.write_many({session_id: profile})
        return self.stores.profiles.read_many([session_id]).get(session_id, profile)

    def _make(self, session_id: SessionId, hints: ClientHints) -> _MadeProfile:
        """Make a profile from priors and keep its decision before anybody sees it.

        Where neither history nor log takes the decision, a profile of priors still beats an error:
        it is served but neither stored nor cached, so that the next read makes one that is kept.
        Nothing is learned from its impressions, since its decision is unknown.
        """
        record, _ = self._decide(session_id, hints)
        profile = stored_profile(record.profile)
        made = _MadeProfile(profile, self.redaction.redact(profile), ProfileSource.MADE)
        try:
            self.stores.decisions.append([record])
        except StoreUnavailableError:
            STORE_FAILURES.labels("decisions").inc()
            return replace(made, source=ProfileSource.UNRECORDED)
        return made

    def _decide(
        self, session_id: SessionId, hints: ClientHints
    ) -> tuple[DecisionRecord, FirstVisit]:
        now = self.clock.now()
        session = Session(
            session_id=session_id,
            started_at=now,
            watermark=now,
            region=hints.region,
            device=hints.device,
            consent=() if hints.is_refused else None,
        )
        made = self.stores.maker.make(session, now)
        PROFILES_MADE.labels("prior").inc()
        return made
