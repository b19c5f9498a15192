"""Keeps the people who share a device apart: a session has one user, the first that it met."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from api.http.blocking_calls import BlockingCalls
from personalization.domain.access.user_binding import UserBinding, owner_of
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import SessionId
from personalization.ports.event_history import EventHistory
from personalization.ports.session_store import SessionStore
from personalization.telemetry.metrics import STORE_FAILURES
from personalization.tracking.rejection import OTHER_USER, EventRejection
from personalization.tracking.validation import TakenEvent

OTHER_USERS_EVENT: Final = EventRejection(
    OTHER_USER,
    "The session belongs to another user: begin a new session, with a new UUID, and send it there.",
)
_LOGGED_OUT: Final = EventRejection(
    OTHER_USER,
    "The session belongs to a user, and nobody is logged in now: begin a new session, with a new "
    "UUID, and send it there.",
)


@dataclass(frozen=True, slots=True)
class SessionUsers:
    sessions: SessionStore
    history: EventHistory
    blocking: BlockingCalls

    async def refusals(
        self, session_id: SessionId, events: Sequence[TakenEvent]
    ) -> list[EventRejection | None]:
        """Return for each event why it is not of the session's user, None where it is.

        Call it for who has shown to hold the session: its first named user gets it for good. Only
        events that say something of users cost a look. While the store is away nothing is refused;
        the scorer then leaves out what is of another user.
        """
        named = next((taken.event for taken in events if taken.event.user_id is not None), None)
        if named is None and not any(taken.nobody or taken.claimed for taken in events):
            return [None] * len(events)
        first = None
        if named is not None and named.user_id is not None:
            first = UserBinding(named.user_id, named.occurred_at)
        try:
            owner = await self.blocking.run(lambda: self.owner(session_id, first))
        except StoreUnavailableError:
            STORE_FAILURES.labels("session_users").inc()
            owner = first
        return [_refusal(owner, taken) for taken in events]

    def owner(self, session_id: SessionId, first: UserBinding | None) -> UserBinding | None:
        """Return whose the session is: of `first` only if Redis has not lost that it has a user.

        Blocks.
        """
        owner = self.sessions.bind_user(session_id, None)
        if owner is not None:
            return owner
        state = self.sessions.read_many([session_id]).get(session_id)
        if state is None or state.user_id is not None:
            first = self.kept_owner(session_id) or first
        return first and self.sessions.bind_user(session_id, first)

    def kept_owner(self, session_id: SessionId) -> UserBinding | None:
        """Return whose the session is by the history, None where it says nobody. Blocks."""
        return owner_of(self.history.read_many([session_id]).get(session_id, ()))


def _refusal(owner: UserBinding | None, taken: TakenEvent) -> EventRejection | None:
    if owner is None:
        return None
    if taken.claimed is not None:
        # Nobody vouches for it, which is no reason to show one person what another did.
        return None if taken.claimed == owner.user_id else OTHER_USERS_EVENT
    if owner.covers(taken.event, nobody=taken.nobody):
        return None
    return _LOGGED_OUT if taken.event.user_id is None else OTHER_USERS_EVENT
