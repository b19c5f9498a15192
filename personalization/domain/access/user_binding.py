from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from personalization.domain.event import Event, received_order
from personalization.domain.identifiers import UserId


@dataclass(frozen=True, slots=True)
class UserBinding:
    """Whose visit a session became: it belongs to the first user that an event of it names."""

    user_id: UserId
    since: datetime
    """When that event happened: before it the session was nobody's."""

    def covers(self, event: Event, *, nobody: bool) -> bool:
        """Return whether an event is of this visit; `nobody` says that nobody is logged in.

        An event that names no user, and does not say that there is none, is of whoever the session
        belongs to. What happened before the user came belongs to the visit, however late it comes.
        """
        if event.user_id is not None:
            return event.user_id == self.user_id
        return not nobody or event.occurred_at <= self.since


def owner_of(events: Iterable[Event]) -> UserBinding | None:
    """Return whose visit a session became by its events; None as long as it is nobody's."""
    naming = [event for event in events if event.user_id is not None]
    first = min(naming, key=received_order, default=None)
    if first is None or first.user_id is None:
        return None
    return UserBinding(first.user_id, first.occurred_at)
