"""Finds the profile to serve: in the process, in the store, or made from priors on the spot."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from weakref import WeakValueDictionary

from api.blocking_calls import BlockingCalls
from api.cached_profile import CachedProfile, cached_profile
from api.profile_cache import ProfileCache
from api.services import Services
from api.visitor import Visitor
from personalization.codec.served_profile import encode_served
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import SessionId
from personalization.domain.session import Session
from personalization.ports.profile_store import StoredProfile
from personalization.telemetry.metrics import PROFILES_MADE, STORE_FAILURES

FIRST_VERSION = 0
"""A profile made before any event; the first one made of events is newer."""


class ProfileSource(StrEnum):
    """Where a served profile came from."""

    MEMORY = "memory"
    STORE = "store"
    MADE = "made"
    CACHE = "cache"
    """The last one known, because the store does not answer."""


@dataclass(frozen=True, slots=True)
class FoundProfile:
    """A profile and where it came from."""

    profile: CachedProfile
    source: ProfileSource


class ProfileReader:
    """Reads profiles once per session at a time, however many ask."""

    def __init__(self, services: Services, cache: ProfileCache, blocking: BlockingCalls) -> None:
        """Take the services, the process's own cache and the threads for store calls."""
        self._services = services
        self._cache = cache
        self._blocking = blocking
        self._locks: WeakValueDictionary[SessionId, asyncio.Lock] = WeakValueDictionary()

    async def current(
        self, session_id: SessionId, visitor: Visitor, seen_version: int = FIRST_VERSION
    ) -> FoundProfile:
        """Return the session's profile, one made from priors where it has none.

        A reader who has seen a newer version than the memory holds is answered by the store:
        another process may have shown it before its notice reached this one. Raises
        `NoActiveGenerationError` where there are no priors to make it from.
        """
        fresh = self._cache.fresh(session_id)
        if fresh is not None and fresh.version >= seen_version:
            return FoundProfile(fresh, ProfileSource.MEMORY)
        lock = self._locks.get(session_id)
        if lock is None:
            lock = self._locks[session_id] = asyncio.Lock()
        async with lock:
            fresh = self._cache.fresh(session_id)
            if fresh is not None and fresh.version >= seen_version:
                return FoundProfile(fresh, ProfileSource.MEMORY)
            return await self._found(session_id, visitor)

    async def changed(self, session_ids: Sequence[SessionId]) -> dict[SessionId, CachedProfile]:
        """Return the profiles the store has for the sessions, read anew."""
        stored = await self._blocking.run(lambda: self._services.profiles.read_many(session_ids))
        return {one: self._cache.put(one, cached_profile(found)) for one, found in stored.items()}

    async def made(self, session_id: SessionId, visitor: Visitor) -> FoundProfile:
        """Return a profile made from priors, neither cached nor stored.

        For senders who cannot prove whose session it is while the store is away: it tells
        nothing about the session.
        """
        made = await self._blocking.run(lambda: self._make(session_id, visitor))
        return FoundProfile(cached_profile(made), ProfileSource.MADE)

    async def _found(self, session_id: SessionId, visitor: Visitor) -> FoundProfile:
        try:
            found = await self._blocking.run(
                lambda: self._services.profiles.read_many([session_id])
            )
        except StoreUnavailableError:
            STORE_FAILURES.labels("profiles").inc()
            return await self._without_store(session_id, visitor)
        if session_id in found:
            profile = self._cache.put(session_id, cached_profile(found[session_id]))
            return FoundProfile(profile, ProfileSource.STORE)
        return await self._first(session_id, visitor)

    async def _without_store(self, session_id: SessionId, visitor: Visitor) -> FoundProfile:
        last = self._cache.last(session_id)
        if last is not None:
            return FoundProfile(last, ProfileSource.CACHE)
        made = await self.made(session_id, visitor)
        self._cache.put(session_id, made.profile)
        return made

    async def _first(self, session_id: SessionId, visitor: Visitor) -> FoundProfile:
        """Make and store the first profile; a newer one stored meanwhile wins."""

        def store() -> StoredProfile:
            made = self._make(session_id, visitor)
            self._services.profiles.write_many({session_id: made})
            return self._services.profiles.read_many([session_id]).get(session_id, made)

        profile = cached_profile(await self._blocking.run(store))
        return FoundProfile(self._cache.put(session_id, profile), ProfileSource.MADE)

    def _make(self, session_id: SessionId, visitor: Visitor) -> StoredProfile:
        now = self._services.clock.now()
        session = Session(
            session_id=session_id,
            started_at=now,
            watermark=now,
            region=visitor.region,
            device=visitor.device,
        )
        record = self._services.profile_maker.make(session, now)
        # The decision is kept before anybody sees it: whatever was served can be explained.
        self._services.decisions.append([record])
        PROFILES_MADE.labels("prior").inc()
        return StoredProfile(FIRST_VERSION, encode_served(record.profile))
