"""A shopper's own choice of what their visit may be used for, heard by all of the service."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final

from api.http.blocking_calls import BlockingCalls
from api.sessions.session_consents import SessionConsents
from personalization.codec.json_codec import EVENT
from personalization.domain.clock import Clock
from personalization.domain.consent import Consent, ConsentStatement
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import EventId, SessionId
from personalization.ports.event_log import EventPublisher, Message
from personalization.ports.topics import USER_INTERACTIONS
from personalization.tracking.client_hints import ClientHints
from personalization.tracking.waiting_room import WaitingRoom

_ID_DIGITS: Final = 40
_LATER: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ConsentChoices:
    publisher: EventPublisher
    consents: SessionConsents
    room: WaitingRoom
    clock: Clock
    blocking: BlockingCalls

    async def choose(
        self, session_id: SessionId, consent: Consent, hints: ClientHints, *, has_begun: bool
    ) -> ConsentStatement:
        """Let a choice hold from now on, and return it. The same choice again changes nothing.

        A visit that has begun has it in the log, so that everything which was made of the visit
        hears of it. Of another nothing is written but the choice itself. Raises
        `StoreUnavailableError`: then send it again.
        """
        before = await self.blocking.run(lambda: self.consents.read(session_id))
        statement = before
        if before.chosen != consent or before.said is not None or before.withheld:
            # Later than the one before also where another process's clock is ahead.
            moment = max(self.clock.now(), before.chosen_at + _LATER)
            statement = before.choose(consent, moment)
        # First of all, so that no event slips through behind it.
        await self.blocking.run(lambda: self._keep(session_id, statement))
        if has_begun:
            # The same choice is the same event: one that the log did not take before is sent again.
            message = Message(session_id, EVENT.encode(self._event(session_id, statement, hints)))
            await asyncio.wrap_future(self.publisher.publish(USER_INTERACTIONS, [message]))
        return statement

    def _keep(self, session_id: SessionId, statement: ConsentStatement) -> None:
        self.consents.write(session_id, statement)
        # What waits was taken by what was said before.
        self.room.forget(session_id)

    def _event(
        self, session_id: SessionId, statement: ConsentStatement, hints: ClientHints
    ) -> Event:
        now = self.clock.now()
        return Event(
            event_id=choice_id(session_id, statement),
            session_id=session_id,
            type=EventType.CONSENT,
            occurred_at=now,
            received_at=now,
            region=hints.region,
            device=hints.device,
            consent=statement.chosen,
        )


def choice_id(session_id: SessionId, statement: ConsentStatement) -> EventId:
    text = f"{session_id} {statement.chosen_at.isoformat()} {' '.join(statement.chosen or ())}"
    return EventId(f"consent.{sha256(text.encode()).hexdigest()[:_ID_DIGITS]}")
