"""Makes a visit a person's: binds it, and brings along what the person did in others."""

import asyncio
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Final

from api.errors import Kind, ProblemError
from api.http.blocking_calls import BlockingCalls
from api.sessions.session_consents import SessionConsents
from api.tracking.session_users import OTHER_USERS_EVENT, SessionUsers
from personalization.codec.json_codec import EVENT
from personalization.domain.access.user_binding import UserBinding
from personalization.domain.clock import Clock
from personalization.domain.consent import ConsentPurpose, agrees
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.event import Event, EventType, PastAct
from personalization.domain.identifiers import EventId, SessionId, UserId
from personalization.ports.event_log import EventPublisher, Message
from personalization.ports.topics import USER_INTERACTIONS
from personalization.recommendations.person_history import PersonHistory
from personalization.telemetry.metrics import STORE_FAILURES
from personalization.tracking.client_hints import ClientHints

OTHER_USER: Final = Kind("other-user", "The session belongs to another user", 409)


@dataclass(frozen=True, slots=True)
class Login:
    event: Event
    is_whole: bool
    """False where the history did not answer: logging in again brings along what it has."""


@dataclass(frozen=True, slots=True)
class Logins:
    publisher: EventPublisher
    users: SessionUsers
    persons: PersonHistory
    clock: Clock
    blocking: BlockingCalls
    consents: SessionConsents

    async def prepare(self, session_id: SessionId, user_id: UserId, hints: ClientHints) -> Login:
        """Give the session to the user, and return the login that is to be published.

        Raises `ProblemError` where it is another user's, and `StoreUnavailableError` where nobody
        can say whose it is.
        """
        now = self.clock.now()
        owner = await self.blocking.run(lambda: self._owner(session_id, UserBinding(user_id, now)))
        if owner.user_id != user_id:
            is_owner = partial(self.users.is_owner, owner, user_id)
            if not await self.blocking.run(is_owner):
                raise ProblemError(OTHER_USER, OTHER_USERS_EVENT.detail)
            user_id = owner.user_id
        past: tuple[PastAct, ...] | None = ()
        statement = await self.consents.statement(session_id)
        in_force = self.consents.in_force(statement)
        try:
            if agrees(in_force, ConsentPurpose.PERSONALIZE):
                past = await self.blocking.run(lambda: self.persons.acts(user_id, session_id))
        except StoreUnavailableError:
            past = None
        event = Event(
            event_id=login_id(session_id, user_id, is_whole=past is not None),
            session_id=session_id,
            type=EventType.LOGIN,
            occurred_at=now,
            received_at=now,
            user_id=user_id,
            region=hints.region,
            device=hints.device,
            past=past or (),
            consent=in_force,
        )
        return Login(event, past is not None)

    async def is_counted(self, login: Login) -> bool:
        """Say whether the visit has this login already, so that it need not be published again."""
        session_id = login.event.session_id
        try:
            found = await self.blocking.run(lambda: self.users.sessions.read_many([session_id]))
        except StoreUnavailableError:
            return False
        state = found.get(session_id)
        return state is not None and login.event.event_id in state.seen

    async def publish(self, login: Login) -> None:
        """Return once the log has it; by its id it counts once, however often that is done."""
        message = Message(login.event.session_id, EVENT.encode(login.event), ())
        await asyncio.wrap_future(self.publisher.publish(USER_INTERACTIONS, [message]))

    def _owner(self, session_id: SessionId, first: UserBinding) -> UserBinding:
        try:
            return self.users.owner(session_id, first) or first
        except StoreUnavailableError:
            # The scorer leaves out a login of another user than the visit's.
            STORE_FAILURES.labels("session_users").inc()
            return self.users.kept_owner(session_id) or first


def login_id(session_id: SessionId, user_id: UserId, *, is_whole: bool) -> EventId:
    """Return the event's id: the same login is the same event, whoever sends it how often.

    One without the person's other visits has an id of its own, so that a whole one may follow.
    """
    text = f"{session_id} {user_id}" + ("" if is_whole else " alone")
    return EventId(f"login.{sha256(text.encode()).hexdigest()[:40]}")
