"""Puts the sessions that are still live back into Redis, out of the history."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.domain.event import Event
from personalization.domain.identifiers import SessionId
from personalization.domain.session import SESSION_LIFE, Session
from personalization.ports.event_history import EventHistory
from personalization.ports.profile_store import StoredProfile
from personalization.ports.stores import KeptStores, LiveStores
from personalization.profiles.builder import stored_profile
from personalization.profiles.last_profile import find_last
from personalization.sessions.counting import products_in
from personalization.sessions.recount import as_rebuilt, recount

AT_ONCE = 200
"""Sessions per read; a few megabytes of events."""
_DAY = timedelta(days=1)


@dataclass(slots=True)
class Rebuilt:
    sessions: int = 0
    states_written: int = 0
    states_there: int = 0
    """As new or newer in Redis, so left as they are."""
    states_over: int = 0
    """Nothing of them counts any more."""
    profiles_written: int = 0
    profiles_there: int = 0
    profiles_unknown: int = 0
    """Nothing was ever decided for them, or it is too old to be served."""


@dataclass(frozen=True, slots=True)
class _Found:
    states: Mapping[SessionId, Session]
    profiles: Mapping[SessionId, StoredProfile]


class LiveSessions:
    """Rebuilds states and profiles as the scorer writes them.

    States are counted from the events in the order of receipt; profiles are those served last, in
    the shape of this release. What Redis has is never replaced by something older, so scorers may
    run meanwhile, and a second run changes nothing. A state stays marked as rebuilt until its
    session's next events, when the scorer fetches the events that the history did not have yet.
    """

    def __init__(self, kept: KeptStores, live: LiveStores, now: datetime) -> None:
        self._kept = kept
        self._live = live
        self._now = now
        self._catalogue = CatalogueCache(kept.catalogue)

    def ids(self) -> list[SessionId]:
        since = self._now - SESSION_LIFE
        found: dict[SessionId, None] = {}
        for chunk in _days(self._kept.history, since, self._now):
            found.update((event.session_id, None) for event in chunk if event.received_at >= since)
        return list(found)

    def rebuild(self, session_ids: Sequence[SessionId], *, dry: bool) -> Iterator[Rebuilt]:
        """Yield the sum so far after every few sessions; when dry, nothing is written."""
        done = Rebuilt()
        for start in range(0, len(session_ids), AT_ONCE):
            chunk = session_ids[start : start + AT_ONCE]
            found = self._look_up(chunk)
            self._count(done, chunk, found)
            if not dry:
                # In the scorer's order: a profile never lags behind its session's state.
                self._live.profiles.write_many(found.profiles)
                self._live.sessions.write_many(list(found.states.values()))
            yield done

    def _look_up(self, session_ids: Sequence[SessionId]) -> _Found:
        past = self._kept.history.read_many(session_ids)
        events = [event for found in past.values() for event in found]
        products = self._catalogue.products(products_in(events))
        states: dict[SessionId, Session] = {}
        profiles: dict[SessionId, StoredProfile] = {}
        for session_id in session_ids:
            last = find_last(self._kept.decisions, session_id, self._now)
            session = recount(past.get(session_id, ()), products, self._now)
            if last.profile is not None:
                profiles[session_id] = stored_profile(last.profile)
            if session is not None:
                states[session_id] = as_rebuilt(session, last.version)
        return _Found(states, profiles)

    def _count(self, done: Rebuilt, session_ids: Sequence[SessionId], found: _Found) -> None:
        states = self._live.sessions.read_many(session_ids)
        profiles = self._live.profiles.read_many(session_ids)
        there = sum(
            session_id in states and states[session_id].revision >= session.revision
            for session_id, session in found.states.items()
        )
        shown = sum(
            session_id in profiles and profiles[session_id].version >= profile.version
            for session_id, profile in found.profiles.items()
        )
        done.sessions += len(session_ids)
        done.states_there += there
        done.states_written += len(found.states) - there
        done.states_over += len(session_ids) - len(found.states)
        done.profiles_there += shown
        done.profiles_written += len(found.profiles) - shown
        done.profiles_unknown += len(session_ids) - len(found.profiles)


def _days(history: EventHistory, since: datetime, until: datetime) -> Iterator[Sequence[Event]]:
    day = since.date()
    while day <= until.date():
        yield from history.read_day(day)
        day += _DAY
