"""Keeps the people who share a device apart: a session has one user, the first that it met."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from api.http.blocking_calls import BlockingCalls
from personalization.domain.access.user_binding import UserBinding, owner_of
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import SessionId, UserId
from personalization.ports.event_history import EventHistory
from personalization.ports.people.pseudonyms import Pseudonyms
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
class UserRefusals:
    refusals: list[EventRejection | None]
    """For each event why it is not of the session's user, None where it is."""
    aliases: Mapping[UserId, UserId] = field(default_factory=dict)
    """Of a person whom the session knows by another id: an event has the session's."""


@dataclass(frozen=True, slots=True)
class SessionUsers:
    sessions: SessionStore
    history: EventHistory
    pseudonyms: Pseudonyms
    blocking: BlockingCalls

    async def refusals(self, session_id: SessionId, events: Sequence[TakenEvent]) -> UserRefusals:
        """Say which events are of another user than the session.

        Call it for who has shown to hold the session: its first named user gets it for good. Only
        events that say something of users cost a look. While the store is away nothing is refused;
        the scorer then leaves out what is of another user.
        """
        named = next((taken.event for taken in events if taken.event.user_id is not None), None)
        if named is None and not any(taken.nobody or taken.claimed for taken in events):
            return UserRefusals([None] * len(events))
        first = None
        if named is not None and named.user_id is not None:
            first = UserBinding(named.user_id, named.occurred_at)
        try:
            owner = await self.blocking.run(lambda: self.owner(session_id, first))
        except StoreUnavailableError:
            STORE_FAILURES.labels("session_users").inc()
            owner = first
        if owner is None:
            return UserRefusals([None] * len(events))
        aliases = await self._aliases(owner, events)
        return UserRefusals([_refusal(owner, taken, aliases) for taken in events], aliases)

    async def _aliases(
        self, owner: UserBinding, events: Sequence[TakenEvent]
    ) -> Mapping[UserId, UserId]:
        named = {taken.event.user_id or taken.claimed for taken in events}
        others = [name for name in named if name is not None and name != owner.user_id]
        if not others:
            return {}
        try:
            same = await self.blocking.run(
                lambda: [name for name in others if self.is_owner(owner, name)]
            )
        except StoreUnavailableError:
            STORE_FAILURES.labels("people").inc()
            return {}
        return dict.fromkeys(same, owner.user_id)

    def is_owner(self, owner: UserBinding, user_id: UserId) -> bool:
        """Return whether the session is the user's, by whatever id it has them. Blocks."""
        return self.pseudonyms.are_one(owner.user_id, user_id)

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


def _refusal(
    owner: UserBinding, taken: TakenEvent, aliases: Container[UserId]
) -> EventRejection | None:
    if taken.claimed is not None:
        # Nobody vouches for it, which is no reason to show one person what another did.
        is_owner = taken.claimed == owner.user_id or taken.claimed in aliases
        return None if is_owner else OTHER_USERS_EVENT
    if taken.event.user_id in aliases or owner.covers(taken.event, nobody=taken.nobody):
        return None
    return _LOGGED_OUT if taken.event.user_id is None else OTHER_USERS_EVENT
