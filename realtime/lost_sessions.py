import logging
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.domain.clock import Clock
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.event import Event
from personalization.domain.identifiers import EventId, SessionId
from personalization.domain.session import SEEN_LIMIT, Session
from personalization.ports.decision_history import DecisionHistory
from personalization.ports.event_history import EventHistory
from personalization.profiles.last_profile import find_last
from personalization.sessions.counting import products_in
from personalization.sessions.recount import as_rebuilt, recount
from personalization.telemetry.metrics import SESSIONS_REBUILT, STORE_FAILURES

_LOG = logging.getLogger(__name__)
LOOK_AGAIN_SECONDS = 5.0
"""After a failure the history is not asked for this long: each try may cost its whole timeout."""


@dataclass(slots=True)
class _Arrival:
    """A session's events in a batch."""

    first: datetime
    """When the first of them was received."""
    ids: set[EventId]


@dataclass(slots=True)
class LostSessions:
    """Recovers what the session store lost: everything when flushed, some of it when full.

    Nothing tells a new session from a lost one, so the history is asked about every session that
    the store does not have: one read for all of a batch, which finds nothing for new ones.

    What is guaranteed: the history is written in the order of the log, but behind it. A session
    found again may therefore lack its last events for a moment. It is marked as rebuilt, and
    counted once more at its next event, until the history has an event that was counted live
    after the loss: then it has all that were before. Events count once all that time, by their
    ids. Not found is a session of which the history had no event yet when it was asked.

    While the history does not answer, sessions start over rather than wait. Waiting would stop
    everybody's profiles, for the sake of those who came before the loss; a new session cannot
    be told from a lost one, and an outage of the history alone would then stop the scorer. Such a
    session is marked as well, and found again once the history answers.
    """

    events: EventHistory
    decisions: DecisionHistory
    catalogue: CatalogueCache
    clock: Clock
    _avoid_until: float = field(init=False, default=float("-inf"))
    _unanswered: frozenset[SessionId] = field(init=False, default=frozenset())

    def find(
        self, stored: Mapping[SessionId, Session], events: Sequence[Event]
    ) -> dict[SessionId, Session]:
        """Return the sessions of a batch's events: as stored, or as the history knows them.

        The batch's own events are left for the scorer to count, though the history may have them:
        it may be ahead, or they were set aside and are replayed.
        """
        sessions = dict(stored)
        arrived = _arrivals(events)
        asked = [key for key in arrived if key not in stored or stored[key].rebuilt is not None]
        if not asked:
            return sessions
        try:
            for session_id, past in self._read(asked).items():
                found = self._recount(stored.get(session_id), past, arrived[session_id])
                if found is not None:
                    sessions[session_id] = found
            self._unanswered = frozenset()
        except StoreUnavailableError as error:
            self._unanswered = frozenset(asked) - stored.keys()
            self._leave_alone(error)
        return sessions

    def begin(self, event: Event) -> Session:
        """Return a session that the event begins, marked if the history could not say it is new."""
        session = Session.start(event)
        return replace(session, rebuilt=0) if event.session_id in self._unanswered else session

    def _read(self, asked: Sequence[SessionId]) -> Mapping[SessionId, Sequence[Event]]:
        if time.monotonic() < self._avoid_until:
            raise StoreUnavailableError("The history did not answer a moment ago.")
        return self.events.read_many(asked)

    def _recount(
        self, known: Session | None, past: Sequence[Event], arrived: _Arrival
    ) -> Session | None:
        earlier = [event for event in past if event.received_at < arrived.first]
        if known is None:
            before = [event for event in earlier if event.event_id not in arrived.ids]
            return self._restore(before, arrived)
        counted = set(known.seen)
        if not counted.issubset(event.event_id for event in past):
            return known
        mine = counted | {event.event_id for event in earlier} - arrived.ids
        again = self._count([event for event in past if event.event_id in mine], arrived) or known
        live = known.seen[min(known.rebuilt or 0, SEEN_LIMIT - 1) :]
        complete = bool(live) and not any(event.event_id not in mine for event in earlier)
        SESSIONS_REBUILT.labels("completed" if complete else "again").inc()
        return replace(
            again,
            revision=known.revision,
            profile_version=known.profile_version,
            rebuilt=None if complete else len(again.seen),
        )

    def _restore(self, earlier: Sequence[Event], arrived: _Arrival) -> Session | None:
        session = self._count(earlier, arrived)
        if session is None:
            return None
        # Offsets alone would do, unless the log was lost too and began again at 0.
        last = find_last(self.decisions, session.session_id, self.clock.now())
        SESSIONS_REBUILT.labels("found").inc()
        return as_rebuilt(session, last.version)

    def _count(self, events: Collection[Event], arrived: _Arrival) -> Session | None:
        return recount(events, self.catalogue.products(products_in(events)), arrived.first)

    def _leave_alone(self, error: StoreUnavailableError) -> None:
        if time.monotonic() < self._avoid_until:
            return
        self._avoid_until = time.monotonic() + LOOK_AGAIN_SECONDS
        STORE_FAILURES.labels("history").inc()
        what = "the history does not answer, sessions start empty until it does"
        _LOG.warning(what, extra={"fields": {"error": str(error)}})


def _arrivals(events: Iterable[Event]) -> dict[SessionId, _Arrival]:
    sessions: dict[SessionId, _Arrival] = {}
    for event in events:
        arrived = sessions.setdefault(event.session_id, _Arrival(event.received_at, set()))
        arrived.first = min(arrived.first, event.received_at)
        arrived.ids.add(event.event_id)
    return sessions
