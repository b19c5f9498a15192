from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from personalization.domain.access.claim import Claim
from personalization.domain.access.user_binding import UserBinding
from personalization.domain.consent import ConsentStatement
from personalization.domain.identifiers import SessionId
from personalization.domain.session import Session


@dataclass(frozen=True, slots=True)
class StoredStatement:
    statement: ConsentStatement | None
    has_session: bool
    """Whether the store has the session's state: then it has not lost what was said either."""


class SessionStore(Protocol):
    def write_many(self, sessions: Sequence[Session]) -> None:
        """Store sessions newer than the stored revision and renew their time to live."""

    def read_many(self, session_ids: Sequence[SessionId]) -> Mapping[SessionId, Session]:
        """Return the sessions that exist and have not expired."""

    def bind_user(self, session_id: SessionId, first: UserBinding | None) -> UserBinding | None:
        """Return whose the session is: the first user that was bound, `first` if there was none.

        It is kept as long as a session, from the last call on.
        """

    def read_statement(self, session_id: SessionId) -> StoredStatement:
        """Return what the session has said of consent; it is kept for a session's life from then.

        What was lost, as with everything else of the session, is told from what never was.
        """

    def write_statement(self, session_id: SessionId, statement: ConsentStatement) -> None:
        """Remember what the session says of consent, for as long as a session lives."""

    def erase(self, session_ids: Sequence[SessionId]) -> int:
        """Delete all that lives of sessions, their profiles too; return how many values."""

    def write_claim(self, claim: Claim) -> None:
        """Remember a claim that is kept elsewhere, for as long as a session lives."""

    def read_claim(self, session_id: SessionId) -> Claim | None:
        """Return the claim if it is remembered: that it is not says nothing."""
