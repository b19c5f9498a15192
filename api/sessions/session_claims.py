import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeVar

from personalization.domain.access.claim import NOBODY, Claim
from personalization.domain.errors import StoreFullError, StoreUnavailableError
from personalization.domain.identifiers import SessionId
from personalization.ports.claim_store import ClaimStore
from personalization.ports.decision_history import DecisionHistory
from personalization.ports.event_history import EventHistory
from personalization.ports.session_store import SessionStore
from personalization.telemetry.metrics import STORE_FAILURES

LOOK_AGAIN_SECONDS: Final = 1.0
"""After a failure what is kept is left alone this long: each try may cost its whole timeout."""
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)

_Answer = TypeVar("_Answer")


@dataclass(slots=True)
class SessionClaims:
    """Says who holds a session id; its calls block.

    Redis remembers claims while sessions are new. What is kept has the last word: the claims, and
    where there is none, whether there is an event or a decision of the session. So an id is never
    handed out again while anything of it lives, whatever Redis has lost.
    """

    remembered: SessionStore
    claims: ClaimStore
    events: EventHistory
    decisions: DecisionHistory
    _avoid_until: float = field(init=False, default=0.0)

    def find(self, session_id: SessionId) -> Claim | None:
        """Return who holds the id, None if it is free; `StoreUnavailableError` if none can tell."""
        claim = self.remembered.read_claim(session_id)
        if claim is None:
            claim = self._ask(lambda: self._read_kept(session_id))
            if claim is not None:
                self._remember(claim)
        return claim

    def claim(self, wanted: Claim) -> Claim:
        """Take a free id, and return the claim that holds: of many at once the first."""
        claim = self._ask(lambda: self.claims.claim(wanted))
        self._remember(claim)
        return claim

    def revoke(self, session_id: SessionId, moment: datetime) -> Claim:
        """End a session, and return its claim; `StoreUnavailableError` if it is not known to be."""
        claim = self._ask(lambda: self.claims.revoke(session_id, moment))
        self._remember(claim)
        return claim

    def find_in_store(self, session_id: SessionId) -> Claim | None:
        """Return the claim as the store that keeps claims has it; raises as `find`."""
        return self._ask(lambda: self.claims.read(session_id))

    def _read_kept(self, session_id: SessionId) -> Claim | None:
        claim = self.claims.read(session_id)
        if claim is not None:
            return claim
        if self.decisions.has_session(session_id) or self.events.has_session(session_id):
            return Claim(session_id, NOBODY, _LONG_AGO)
        return None

    def _remember(self, claim: Claim) -> None:
        try:
            self.remembered.write_claim(claim)
        except StoreUnavailableError:
            STORE_FAILURES.labels("sessions").inc()

    def _ask(self, question: Callable[[], _Answer]) -> _Answer:
        if time.monotonic() < self._avoid_until:
            raise StoreUnavailableError("The store of claims did not answer a moment ago.")
        try:
            return question()
        except StoreFullError:
            raise
        except StoreUnavailableError:
            STORE_FAILURES.labels("claims").inc()
            self._avoid_until = time.monotonic() + LOOK_AGAIN_SECONDS
            raise
