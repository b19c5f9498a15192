"""What sessions have said of consent: known here for a second, kept in Redis, read from history.

Some shops ask nobody. Until somebody has said something that is not what counts anyway, no session
is asked about: the shop's plans say whether that was ever.
"""

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from api.http.blocking_calls import BlockingCalls
from personalization.domain.consent import (
    NOTHING_STATED,
    UNSAID,
    Consent,
    ConsentPurpose,
    ConsentStatement,
    agrees,
)
from personalization.domain.errors import StoreUnavailableError, SupersededError
from personalization.domain.identifiers import SessionId
from personalization.plans.current_plan import NO_VERSION, CurrentPlan
from personalization.ports.event_history import EventHistory
from personalization.ports.plan_store import CONSENTS, PlanStore
from personalization.ports.session_store import SessionStore
from personalization.settings.consent import ConsentSettings
from personalization.telemetry.metrics import STORE_FAILURES
from personalization.tracking.consents import is_silence, statement_of

MOST_KNOWN: Final = 20_000
"""Some 10 MB. Others are asked for."""
_SPOKEN_ONCE: Final = b"{}"


def consents_plan(plans: PlanStore, every_seconds: float) -> CurrentPlan[bool]:
    """Return the plan that says whether any session has ever said something of consent."""
    return CurrentPlan(plans, CONSENTS, lambda _: True, False, every_seconds)  # noqa: FBT003


@dataclass(frozen=True, slots=True)
class SessionConsents:
    sessions: SessionStore
    history: EventHistory
    plans: PlanStore
    plan: CurrentPlan[bool]
    blocking: BlockingCalls
    settings: ConsentSettings
    seconds: Callable[[], float]
    """A clock that never goes back."""
    _known: OrderedDict[SessionId, tuple[float, ConsentStatement]] = field(
        init=False, default_factory=OrderedDict
    )
    _lock: Lock = field(init=False, default_factory=Lock)

    async def statement(self, session_id: SessionId) -> ConsentStatement:
        """Return what holds of a session; raises `StoreUnavailableError` where nobody can say.

        Then its events wait: they might be used for what was refused.
        """
        await self._look()
        if self._nobody_speaks():
            return NOTHING_STATED
        known = self._recall(session_id)
        if known is not None:
            return known
        return await self.blocking.run(lambda: self.read(session_id))

    async def note(
        self, session_id: SessionId, before: ConsentStatement, after: ConsentStatement
    ) -> None:
        """Keep what a batch has said, if that is news."""
        await self._look()
        if after == before:
            return
        if self._nobody_speaks() and is_silence(after, self.settings.unsaid):
            # What a browser refused is kept for a word that is on its way; nobody is asked by it.
            after = NOTHING_STATED.signal(after.signalled, after.signalled_at)
            if after == NOTHING_STATED:
                return
        await self.blocking.run(lambda: self._join_and_write(session_id, after))

    def is_known_to_refuse(self, session_id: SessionId) -> bool:
        """Say whether memory alone has it that a session does not want to be chosen for."""
        known = self._known.get(session_id)
        return known is not None and not agrees(self.in_force(known[1]), ConsentPurpose.PERSONALIZE)

    def in_force(self, statement: ConsentStatement) -> Consent | None:
        """Return what an event that says nothing may be used for, as events keep it."""
        consent = statement.agreement(self.settings.unsaid)
        return None if statement.in_force is None and consent == UNSAID else consent

    def refuses(self, session_id: SessionId) -> bool:
        """Say whether a session does not want to be chosen for. Blocks.

        While nobody can say, it does not: what is made then is made of priors, or of what the
        scorer has.
        """
        self.plan.read()
        if self._nobody_speaks():
            return not agrees(self.settings.unsaid, ConsentPurpose.PERSONALIZE)
        try:
            statement = self._recall(session_id) or self.read(session_id)
        except StoreUnavailableError:
            return False
        return not agrees(self.in_force(statement), ConsentPurpose.PERSONALIZE)

    async def refusing(self, session_id: SessionId) -> bool:
        """As `refuses`, without blocking."""
        await self._look()
        if self._nobody_speaks():
            return not agrees(self.settings.unsaid, ConsentPurpose.PERSONALIZE)
        return await self.blocking.run(lambda: self.refuses(session_id))

    def read(self, session_id: SessionId) -> ConsentStatement:
        """Return what the stores know (blocking); raises `StoreUnavailableError`."""
        try:
            stored = self.sessions.read_statement(session_id)
            statement = stored.statement
            is_lost = statement is None and not stored.has_session
        except StoreUnavailableError:
            STORE_FAILURES.labels("session_consents").inc()
            statement, is_lost = None, True
        if is_lost:
            # A new session, or one that Redis has lost: the history tells them apart.
            past = self.history.read_many([session_id]).get(session_id, ())
            statement = statement_of(past)
        found = statement or NOTHING_STATED
        self._remember(session_id, found)
        return found

    def _join_and_write(self, session_id: SessionId, statement: ConsentStatement) -> None:
        """Keep what a batch has said beside what others have heard since it was judged."""
        stored = self.sessions.read_statement(session_id).statement
        self.write(session_id, statement if stored is None else stored.join(statement))

    def write(self, session_id: SessionId, statement: ConsentStatement) -> None:
        """Keep what a session says (blocking); raises `StoreUnavailableError`."""
        is_silent = statement.in_force is None and is_silence(statement, self.settings.unsaid)
        if self.plan.last_read.version == NO_VERSION and not is_silent:
            # Also where the plans have not answered yet: who looks later must know of it.
            self._say_that_somebody_speaks()
        self.sessions.write_statement(session_id, statement)
        self._remember(session_id, statement)

    async def _look(self) -> None:
        """Look whether somebody speaks by now, off the event loop: the plans may not answer."""
        if self.plan.last_read.version == NO_VERSION and self.plan.is_due():
            await self.blocking.run(self.plan.read)

    def _nobody_speaks(self) -> bool:
        return self.plan.was_read and self.plan.last_read.version == NO_VERSION

    def _say_that_somebody_speaks(self) -> None:
        with suppress(SupersededError):  # Another process was faster.
            self.plans.write(CONSENTS, _SPOKEN_ONCE, NO_VERSION)
        self.plan.refresh()

    def _recall(self, session_id: SessionId) -> ConsentStatement | None:
        with self._lock:
            known = self._known.get(session_id)
        if known is None or self.seconds() - known[0] > self.settings.look_seconds:
            return None
        return known[1]

    def _remember(self, session_id: SessionId, statement: ConsentStatement) -> None:
        with self._lock:
            known = self._known.get(session_id)
            if known is not None and known[1].chosen_at > statement.chosen_at:
                # It was read before that choice was made.
                statement = known[1]
            self._known[session_id] = self.seconds(), statement
            self._known.move_to_end(session_id)
            while len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
