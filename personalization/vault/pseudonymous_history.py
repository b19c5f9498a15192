"""A history that neither takes nor gives plain ids of users, whatever its rows have."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from personalization.domain.event import Event
from personalization.domain.identifiers import SessionId, ShopUserId, UserId
from personalization.ports.event_history import EventHistory
from personalization.ports.history_columns import HistoryColumns
from personalization.ports.people.pseudonyms import Pseudonyms
from personalization.ports.plain_events import PlainEvents
from personalization.vault.pseudonym import key_of_pseudonym


@dataclass(frozen=True, slots=True)
class PseudonymousHistory:
    """Rows of former releases have plain ids: who reads them reads the person's pseudonym.

    Imports bring plain ids, and so does what a former release left in the log.
    """

    stored: EventHistory
    pseudonyms: Pseudonyms

    def append(self, events: Sequence[Event]) -> None:
        self.stored.append(self._hide(events))

    def append_plain(self, events: PlainEvents) -> None:
        names = self._names(events.user_ids)
        if names:
            events = replace(events, user_ids=[names.get(name, name) for name in events.user_ids])
        self.stored.append_plain(events)

    def read_many(self, session_ids: Sequence[SessionId]) -> Mapping[SessionId, Sequence[Event]]:
        found = self.stored.read_many(session_ids)
        return {session_id: self._hide(events) for session_id, events in found.items()}

    def has_session(self, session_id: SessionId) -> bool:
        return self.stored.has_session(session_id)

    def sessions_of(self, user_id: UserId, limit: int) -> Sequence[SessionId]:
        """Return the sessions of all of the person's ids; those of the given one come first."""
        aliases = self.pseudonyms.aliases_of(user_id)
        found = dict.fromkeys(
            session for alias in aliases for session in self.stored.sessions_of(alias, limit)
        )
        return list(islice(found, limit))

    def forget_users(self, session_ids: Sequence[SessionId]) -> None:
        self.stored.forget_users(session_ids)

    def erase(self, session_ids: Sequence[SessionId]) -> int:
        return self.stored.erase(session_ids)

    def days(self) -> Mapping[date, int]:
        return self.stored.days()

    def read_day(self, day: date) -> Iterator[Sequence[Event]]:
        return map(self._hide, self.stored.read_day(day))

    def day_versions(self) -> Mapping[date, str]:
        return self.stored.day_versions()

    def read_day_columns(self, day: date) -> Iterator[HistoryColumns]:
        for columns in self.stored.read_day_columns(day):
            names = self._names(columns.user_ids)
            if names:
                hidden = [names.get(name, name) for name in columns.user_ids]
                yield replace(columns, user_ids=hidden)
            else:
                yield columns

    def _hide(self, events: Sequence[Event]) -> Sequence[Event]:
        names = self._names([event.user_id for event in events])
        if not names:
            return events
        return [
            replace(event, user_id=names[event.user_id]) if event.user_id in names else event
            for event in events
        ]

    def _names(self, user_ids: Sequence[str | None]) -> Mapping[str | None, UserId]:
        """Return the pseudonyms of the plain ids among these; none of most."""
        plain = {name for name in user_ids if name is not None and not key_of_pseudonym(name)}
        if not plain:
            return {}
        shop_ids = [ShopUserId(name) for name in sorted(plain)]
        found = self.pseudonyms.of_many(shop_ids, keep=True)
        return {str(shop_id): name for shop_id, name in found.items()}
