"""The visits of a few hundred people, read together: a read for each would be most of the time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from personalization.domain.event import Event
from personalization.domain.identifiers import SessionId, UserId
from personalization.ports.event_history import EventHistory
from personalization.recommendations.batches.audience import Recipient
from personalization.recommendations.person_history import MOST_VISITS


@dataclass(slots=True)
class KnownVisits:
    """What `PersonHistory` asks of the history, answered up to one moment."""

    history: EventHistory
    at: datetime
    _sessions: dict[UserId, Sequence[SessionId]] = field(default_factory=dict)
    _events: Mapping[SessionId, Sequence[Event]] = field(default_factory=dict)

    def read(self, recipients: Sequence[Recipient]) -> None:
        """Take over what these people did, instead of what those before did."""
        self._sessions = {
            recipient.user_id: self.history.sessions_of(recipient.user_id, MOST_VISITS)
            for recipient in recipients
            if recipient.user_id is not None
        }
        wanted = {name for names in self._sessions.values() for name in names}
        wanted |= {item.session_id for item in recipients if item.session_id is not None}
        found = self.history.read_many(sorted(wanted)) if wanted else {}
        self._events = {
            name: [event for event in events if event.received_at <= self.at]
            for name, events in found.items()
        }

    def sessions_of(self, user_id: UserId, limit: int) -> Sequence[SessionId]:
        return self._sessions.get(user_id, ())[:limit]

    def read_many(self, session_ids: Sequence[SessionId]) -> Mapping[SessionId, Sequence[Event]]:
        found = {name: self._events.get(name, ()) for name in session_ids}
        return {name: events for name, events in found.items() if events}
