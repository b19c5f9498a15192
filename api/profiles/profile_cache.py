"""The latest profiles of the process's visitors, bounded, told of changes by the notifier."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from api.profiles.cached_profile import CachedProfile
from personalization.domain.clock import Clock
from personalization.domain.identifiers import SessionId
from personalization.ports.notifier import ProfileChanged

ANNOUNCED = 10_000
"""Changes remembered of sessions that may not be in the memory: about two megabytes."""
ENTRY_BYTES = 600
"""What an entry takes beside its body."""


@dataclass(slots=True)
class _Entry:
    profile: CachedProfile
    read_at: float
    certain: bool
    """False after a gap: then even a lower version replaces it, the store may have started anew."""


class ProfileCache:
    """Profiles by session, the least recently used leaving first; used on the event loop only."""

    def __init__(self, capacity_bytes: int, fresh_seconds: float, clock: Clock) -> None:
        """Take the bytes kept, how long a profile is believed, and the clock that ages them."""
        self._entries: OrderedDict[SessionId, _Entry] = OrderedDict()
        self._announced: OrderedDict[SessionId, int] = OrderedDict()
        """Versions the notifier told of, of any session: a read that began before is not fresh."""
        self._capacity_bytes = capacity_bytes
        self._bytes = 0
        self._fresh_seconds = fresh_seconds
        self._clock = clock

    def fresh(self, session_id: SessionId) -> CachedProfile | None:
        """Return the profile if nothing newer is known of and it was read lately."""
        entry = self._entries.get(session_id)
        if entry is None or not entry.certain:
            return None
        if entry.profile.version < self._announced.get(session_id, -1):
            return None
        now = self._clock.now()
        if now.timestamp() - entry.read_at > self._fresh_seconds:
            return None
        if entry.profile.expires_at <= now:
            return None
        self._entries.move_to_end(session_id)
        return entry.profile

    def last(self, session_id: SessionId) -> CachedProfile | None:
        """Return the last profile known that has not expired, fresh or not."""
        entry = self._entries.get(session_id)
        if entry is None or entry.profile.expires_at <= self._clock.now():
            return None
        return entry.profile

    def put(self, session_id: SessionId, profile: CachedProfile) -> CachedProfile:
        """Keep what was read and return what is current: an older version never wins."""
        entry = self._entries.get(session_id)
        if entry is not None and entry.certain and entry.profile.version > profile.version:
            return entry.profile
        read_at = self._clock.now().timestamp()
        self._entries[session_id] = _Entry(profile, read_at, certain=True)
        self._entries.move_to_end(session_id)
        self._bytes += _cost(profile) - (_cost(entry.profile) if entry is not None else 0)
        while self._bytes > self._capacity_bytes and len(self._entries) > 1:
            _, oldest = self._entries.popitem(last=False)
            self._bytes -= _cost(oldest.profile)
        return profile

    def on_changes(self, changes: Sequence[ProfileChanged]) -> None:
        """Stop believing the profiles of which a newer version exists."""
        for change in changes:
            self._announced[change.session_id] = change.version
            self._announced.move_to_end(change.session_id)
        while len(self._announced) > ANNOUNCED:
            self._announced.popitem(last=False)

    def on_gap(self) -> None:
        """Stop believing all: changes may have been missed."""
        self._announced.clear()
        for entry in self._entries.values():
            entry.certain = False


def _cost(profile: CachedProfile) -> int:
    return len(profile.body) + ENTRY_BYTES
