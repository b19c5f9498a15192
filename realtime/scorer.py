import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.codec.json_codec import EVENT
from personalization.domain.clock import Clock, Throttle
from personalization.domain.errors import (
    DamagedSnapshotError,
    InvalidEventError,
    StoreUnavailableError,
)
from personalization.domain.event import Event
from personalization.domain.identifiers import ProductId, SessionId
from personalization.domain.privacy.small_counts import ALL_COUNTS, SmallCounts
from personalization.domain.product import Product
from personalization.domain.session import Counted, Session
from personalization.ports.decision_history import DecisionHistory, DecisionRecord
from personalization.ports.event_log import Record, TopicPartition
from personalization.ports.policy import Refreshable
from personalization.ports.scored_sessions import ScoredSessions
from personalization.ports.session_store import SessionStore
from personalization.ports.topics import SCORER_GROUP
from personalization.profiles.builder import ProfileBuilder, stored_profile
from personalization.sessions.counting import products_in, take
from personalization.telemetry.metrics import (
    DECISION_SECONDS,
    EVENT_TO_PROFILE_SECONDS,
    EVENTS_CONSUMED,
    PROFILES_MADE,
)
from personalization.value_classes import copy_with
from realtime.dead_letter import DeadLetterWriter
from realtime.lost_sessions import LostSessions
from realtime.role_loop import next_offsets

_LOG = logging.getLogger(__name__)
_CONSUMED = {counted: EVENTS_CONSUMED.labels(counted.value) for counted in Counted}
_MADE = PROFILES_MADE.labels("live")


@dataclass(frozen=True, slots=True)
class ScorerStores:
    sessions: SessionStore
    lost: LostSessions
    scored: ScoredSessions
    decisions: DecisionHistory
    catalogue: CatalogueCache


@dataclass(slots=True)
class _Work:
    """One batch: the sessions as they become, and the events that counted."""

    sessions: dict[SessionId, Session]
    counted: dict[SessionId, list[Event]] = field(default_factory=dict)
    offsets: dict[SessionId, int] = field(default_factory=dict)
    revisions: dict[SessionId, int] = field(default_factory=dict)
    outcomes: Counter[Counted] = field(default_factory=Counter)

    def count(self, session: Session, event: Event, offset: int) -> None:
        self.note(session, offset)
        self.counted[session.session_id].append(event)

    def note(self, session: Session, offset: int) -> None:
        """Take a session that has changed without an event that counts: nothing is decided."""
        session_id = session.session_id
        self.sessions[session_id] = session
        self.counted.setdefault(session_id, [])
        self.offsets[session_id] = offset
        # Offsets order the changes of a session, whoever reads its partition.
        before = self.revisions.get(session_id, session.revision)
        self.revisions[session_id] = max(before, offset) + 1

    def number(self) -> list[Session]:
        """Give the sessions their revisions, and those to decide for the versions of profiles.

        Return those to decide for.
        """
        deciding = []
        for session_id, events in self.counted.items():
            session, revision = self.sessions[session_id], self.revisions[session_id]
            # Who refuses to be chosen for has a page to see it on.
            if any(event.type.is_evidence or event.is_refused for event in events):
                # Offsets grow within a session's partition, also when a batch is cut differently
                # after a crash, so a profile made of more events always has the higher version.
                version = max(session.profile_version, self.offsets[session_id]) + 1
                session = copy_with(session, revision=revision, profile_version=version)
                deciding.append(session)
            else:
                session = copy_with(session, revision=revision)
            self.sessions[session_id] = session
        return deciding


@dataclass(slots=True)
class Scorer:
    """Reads events, decides once per session and batch, stores the profiles, then announces them.

    Profiles are stored before sessions: a crash in between makes a decision once more, which is
    kept and never served, since the store refuses a version that it has. Decisions are stored
    before profiles, so that everything served can be explained.
    """

    name = "scorer"
    linger_seconds = 0.0
    group = SCORER_GROUP
    batch = 32
    """Profiles of a batch are stored together: a larger one would make its first event wait."""

    stores: ScorerStores
    maker: ProfileBuilder
    policy: Refreshable
    look: Throttle
    dead_letter: DeadLetterWriter
    clock: Clock
    counts: SmallCounts = ALL_COUNTS
    """How profiles tell numbers of people."""
    _set_aside: set[tuple[int, int]] = field(init=False, default_factory=set)

    def handle(self, records: Sequence[Record]) -> Mapping[TopicPartition, int]:
        events = self._decode(records)
        batch = [event for _, event in events]
        work = _Work(self._sessions(batch))
        products = self.stores.catalogue.products(products_in(batch))
        for record, event in events:
            self._take(work, record, event, products)
        made = [self._make(session) for session in work.number()]
        self._store(work, made)
        self._measure(work, len(made))
        self._set_aside.clear()
        return next_offsets(records)

    def tell(self) -> None:
        """Announce nothing: profiles are announced as they are stored."""

    def idle(self) -> Mapping[TopicPartition, int]:
        """Look for a newer model now and then; until one can be read, the old one stays."""
        if not self.look.due():
            return {}
        try:
            self.policy.refresh()
        except (DamagedSnapshotError, StoreUnavailableError) as error:
            _LOG.error("no newer snapshot", extra={"fields": {"error": str(error)}})
        return {}

    def finish(self) -> None:
        """Nothing waits between batches."""

    def _decode(self, records: Sequence[Record]) -> list[tuple[Record, Event]]:
        events = []
        for record in records:
            if record.is_erased:
                continue
            try:
                events.append((record, EVENT.decode(record.value)))
            except ValueError as error:
                self._put_aside(record, f"malformed: {error}")
        return events

    def _sessions(self, events: Sequence[Event]) -> dict[SessionId, Session]:
        known = self.stores.sessions.read_many([event.session_id for event in events])
        return self.stores.lost.find(known, events)

    def _take(
        self, work: _Work, record: Record, event: Event, products: Mapping[ProductId, Product]
    ) -> None:
        before = work.sessions.get(event.session_id) or self.stores.lost.begin(event)
        try:
            session, judged = take(before, event, products)
        except InvalidEventError as error:
            self._put_aside(record, str(error))
            return
        self.dead_letter.count_valid()
        work.outcomes[judged] += 1
        if judged is Counted.COUNTED:
            work.count(session, event, record.offset)
        elif session is not before:
            work.note(session, record.offset)

    def _put_aside(self, record: Record, reason: str) -> None:
        # A retry of the batch after an outage must not set the same record aside twice.
        place = (record.topic_partition.partition, record.offset)
        if place not in self._set_aside:
            self.dead_letter.put(record, reason)
            self._set_aside.add(place)
            EVENTS_CONSUMED.labels("dead_letter").inc()

    def _make(self, session: Session) -> DecisionRecord:
        started = time.perf_counter()
        record = self.maker.make(session, self.clock.now())
        DECISION_SECONDS.observe(time.perf_counter() - started)
        return record

    def _store(self, work: _Work, made: Sequence[DecisionRecord]) -> None:
        self.stores.decisions.append(made)
        profiles = [record.profile for record in made]
        stored = {profile.session_id: stored_profile(profile, self.counts) for profile in profiles}
        if work.counted:
            sessions = [work.sessions[session_id] for session_id in work.counted]
            self.stores.scored.write_many(sessions, stored)

    def _measure(self, work: _Work, made: int) -> None:
        for outcome, count in work.outcomes.items():
            _CONSUMED[outcome].inc(count)
        now = self.clock.now()
        for events in work.counted.values():
            for event in events:
                if event.type.is_evidence:
                    EVENT_TO_PROFILE_SECONDS.observe((now - event.received_at).total_seconds())
        _MADE.inc(made)
