from array import array
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import msgspec

from api.profiles.slate_book import HandedSlate
from personalization.domain.clock import LAST_MOMENT, Clock
from personalization.domain.identifiers import DecisionId, ProductId, Region, SessionId
from personalization.merchandising.current_rules import NO_STATE, RulesState
from personalization.ports.notifier import ProfileChanged
from personalization.ports.profile_store import StoredProfile
from personalization.profiles.shown_products import ShownBundle, ShownScores, ShownTrend

ANNOUNCED = 10_000
"""Changes remembered, also of sessions that are not in the cache: about two megabytes."""
ENTRY_BYTES = 1_400
"""What an entry takes beside its body."""


class _Slot(msgspec.Struct, frozen=True, gc=False):
    product_id: ProductId
    slot: int


class ProfileStamp(msgspec.Struct, frozen=True, gc=False):
    """What the API itself reads of a profile, all in one pass: most of its cost is the way."""

    decision_id: DecisionId
    expiry: datetime
    session_id: SessionId | None = None
    region: str | None = None
    slate: tuple[_Slot, ...] | None = None
    score_data: ShownScores = ShownScores()
    bundled_discount_suggestions: tuple[ShownBundle, ...] = ()
    recent_products: tuple[ProductId, ...] = ()
    trending_recommendations: tuple[ShownTrend, ...] = ()
    personalized: bool = True

    def product_ids(self) -> list[ProductId]:
        """Return each product that it shows anywhere, once."""
        named = [product.product_id for product in self.score_data.products]
        named += [slot.product_id for slot in self.slate or ()]
        named += self.recent_products
        named += [product.product_id for product in self.trending_recommendations]
        for bundle in self.bundled_discount_suggestions:
            named += bundle.product_ids
        return list(dict.fromkeys(named))

    def handed_slate(self) -> HandedSlate | None:
        """Return None for a profile of a release that did not say it."""
        if self.session_id is None or self.slate is None:
            return None
        lines = ((slot.product_id, slot.slot) for slot in self.slate)
        return HandedSlate.of(self.decision_id, self.session_id, lines)


@dataclass(frozen=True, slots=True)
class UnwrittenProfile:
    """The whole of a profile that memory alone keeps, and the token to make it again from."""

    stored: StoredProfile
    token: str


PROFILE_STAMP: Final = msgspec.json.Decoder(ProfileStamp)


@dataclass(frozen=True, slots=True)
class CachedProfile:
    """One version as the API hands it out: its bytes are made once, for every reader and stream."""

    version: int
    body: bytes
    etag: str
    expires_at: datetime
    region: Region | None = None
    """Whose rules hold for it."""
    withheld: str = ""
    """A mark of what rules have hidden of it since it was made; the entity tag ends with it."""
    rules_state: RulesState = NO_STATE
    """The rules that it may be shown under."""
    unwritten: UnwrittenProfile | None = None
    """Where nobody holds its session yet, or nobody did when it was made."""
    slate: HandedSlate | None = None
    """What it showed before anything was hidden; None where that is no longer known."""
    product_hashes: "array[int]" = field(default_factory=lambda: array("q"))
    """Of all products that it shows or showed: by numbers, since they are kept by the thousand."""
    shown_until: datetime = LAST_MOMENT
    """When time alone will first show or hide one of its products."""
    is_personalized: bool = True
    """False where its shopper does not want to be chosen for."""

    def shows_any(self, hashes: AbstractSet[int]) -> bool:
        return not hashes.isdisjoint(self.product_hashes)

    def with_redaction(self, body: bytes, withheld: str) -> "CachedProfile":
        """Return the profile with what its rules leave of its body."""
        etag = f'{self.etag[:-1]}-{withheld}"'
        return replace(self, body=body, etag=etag, withheld=withheld)

    def with_token(self, unwritten: UnwrittenProfile) -> "CachedProfile":
        """Return the profile with its decision's token as the last field of its body."""
        body = b'%b,"decision_token":"%b"}' % (self.body[:-1], unwritten.token.encode())
        slate = self.slate and replace(self.slate, token=unwritten.token)
        return replace(self, body=body, slate=slate, unwritten=unwritten)

    @property
    def frame(self) -> bytes:
        """The server-sent event, made when sent: copying ten kilobytes costs less than keeping."""
        head = f"id: {self.version}\nevent: profile\ndata: ".encode()
        return b"".join((head, self.body, b"\n\n"))


def cached_profile(stored: StoredProfile, stamp: ProfileStamp, state: RulesState) -> CachedProfile:
    return CachedProfile(
        version=stored.version,
        body=stored.body,
        etag=f'"{stored.version}-{stamp.decision_id}"',
        expires_at=stamp.expiry,
        region=Region(stamp.region) if stamp.region is not None else None,
        rules_state=state,
        slate=stamp.handed_slate(),
        product_hashes=array("q", map(hash, stamp.product_ids())),
        is_personalized=stamp.personalized,
    )


@dataclass(slots=True)
class _Entry:
    profile: CachedProfile
    read_at: float
    certain: bool
    """False after a gap: even a lower version then replaces it, the store may have started over."""


class ProfileCache:
    """Profiles by session, the least recently used leaving first; used on the event loop only."""

    def __init__(self, capacity_bytes: int, fresh_seconds: float, clock: Clock) -> None:
        self._entries: OrderedDict[SessionId, _Entry] = OrderedDict()
        self._announced: OrderedDict[SessionId, int] = OrderedDict()
        """Versions that the notifier announced, of any session: an earlier read is not fresh."""
        self._capacity_bytes = capacity_bytes
        self._bytes = 0
        self._fresh_seconds = fresh_seconds
        self._clock = clock

    def fresh(self, session_id: SessionId) -> CachedProfile | None:
        """Return the profile if it was read lately and no newer one has been announced."""
        entry = self._entries.get(session_id)
        if entry is None or not entry.certain:
            return None
        if entry.profile.version < self._announced.get(session_id, -1):
            return None
        now = self._clock.now()
        if now.timestamp() - entry.read_at > self._fresh_seconds:
            return None
        if entry.profile.expires_at <= now or entry.profile.shown_until <= now:
            return None
        self._entries.move_to_end(session_id)
        return entry.profile

    def last(self, session_id: SessionId) -> CachedProfile | None:
        """Return the last profile known that has not expired, fresh or not."""
        entry = self._entries.get(session_id)
        if entry is None or entry.profile.expires_at <= self._clock.now():
            return None
        return entry.profile

    def sessions_to_reload(
        self, session_ids: Iterable[SessionId], changed: AbstractSet[int]
    ) -> set[SessionId]:
        """Return whose profiles show what changed, by hash, or what time has hidden or shown."""
        now, found = self._clock.now(), set[SessionId]()
        for session_id in session_ids:
            entry = self._entries.get(session_id)
            if entry is None:
                is_outdated = bool(changed)
            else:
                profile = entry.profile
                is_outdated = profile.shown_until <= now or profile.shows_any(changed)
            if is_outdated:
                found.add(session_id)
        return found

    def drop(self, session_id: SessionId) -> None:
        """Forget what there is of a session: the next reader asks the store."""
        dropped = self._entries.pop(session_id, None)
        if dropped is not None:
            self._bytes -= _cost(dropped.profile)

    def put(self, session_id: SessionId, profile: CachedProfile) -> CachedProfile:
        """Keep what was read and return what is current: an older version never wins."""
        entry = self._entries.get(session_id)
        if entry is not None and entry.certain and entry.profile.version > profile.version:
            return entry.profile
        self._entries[session_id] = _Entry(profile, self._clock.now().timestamp(), certain=True)
        self._entries.move_to_end(session_id)
        self._bytes += _cost(profile) - (_cost(entry.profile) if entry is not None else 0)
        while self._bytes > self._capacity_bytes and len(self._entries) > 1:
            _, oldest = self._entries.popitem(last=False)
            self._bytes -= _cost(oldest.profile)
        return profile

    def on_changes(self, changes: Sequence[ProfileChanged]) -> None:
        for change in changes:
            self._announced[change.session_id] = change.version
            self._announced.move_to_end(change.session_id)
        while len(self._announced) > ANNOUNCED:
            self._announced.popitem(last=False)

    def on_gap(self) -> None:
        """Let every session be read again: announcements may have been missed."""
        self._announced.clear()
        for entry in self._entries.values():
            entry.certain = False


def _cost(profile: CachedProfile) -> int:
    first = profile.unwritten
    beside = len(first.stored.body) + len(first.token) if first is not None else 0
    return len(profile.body) + beside + ENTRY_BYTES
