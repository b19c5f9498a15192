from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Protocol

from personalization.domain.event import Event
from personalization.domain.identifiers import SessionId, UserId
from personalization.ports.history_columns import HistoryColumns
from personalization.ports.plain_events import PlainEvents

CLOCK_SLACK = timedelta(days=1)
"""Days of events are by the shopper's clock, which may be wrong: so much more is to be read."""


class EventHistory(Protocol):
    """Appends events once per id and reads them back by session or by day."""

    def append(self, events: Sequence[Event]) -> None:
        """Store the events; one already stored (same session and event id) is left as it is.

        Those that name a user add their session to that user's.
        """

    def append_plain(self, events: PlainEvents) -> None:
        """Store many past events at once, as `append` would store each of them."""

    def read_many(self, session_ids: Sequence[SessionId]) -> Mapping[SessionId, Sequence[Event]]:
        """Return the sessions' events, oldest first; an unknown session is absent."""

    def has_session(self, session_id: SessionId) -> bool:
        """Say whether there is any event of the session, without reading them all."""

    def sessions_of(self, user_id: UserId, limit: int) -> Sequence[SessionId]:
        """Return the sessions whose events name a user, newest first, at most so many."""

    def forget_users(self, session_ids: Sequence[SessionId]) -> None:
        """Take sessions away from their users; their events stay."""

    def erase(self, session_ids: Sequence[SessionId]) -> int:
        """Delete all events of sessions, and that they were anybody's; return how many there were.

        What is on its way may still be written: erase again once it has arrived.
        """

    def days(self) -> Mapping[date, int]:
        """Return the UTC days that have events, ascending, each with its number of events."""

    def read_day(self, day: date) -> Iterator[Sequence[Event]]:
        """Yield the events that occurred on a UTC day, in chunks, by time then event id."""

    def day_versions(self) -> Mapping[date, str]:
        """Return for UTC days with events a text that changes whenever their events do.

        It is told without reading events. A day of which a store cannot tell it is absent, and may
        have changed at any time.
        """

    def read_day_columns(self, day: date) -> Iterator[HistoryColumns]:
        """Yield the events of `read_day` column by column, in chunks, without making events."""
