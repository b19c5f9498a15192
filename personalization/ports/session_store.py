from collections.abc import Mapping, Sequence
from typing import Protocol

from personalization.domain.access.claim import Claim
from personalization.domain.access.user_binding import UserBinding
from personalization.domain.identifiers import SessionId
from personalization.domain.session import Session


class SessionStore(Protocol):
    def write_many(self, sessions: Sequence[Session]) -> None:
        """Store sessions newer than the stored revision and renew their time to live."""

    def read_many(self, session_ids: Sequence[SessionId]) -> Mapping[SessionId, Session]:
        """Return the sessions that exist and have not expired."""

    def bind_user(self, session_id: SessionId, first: UserBinding | None) -> UserBinding | None:
        """Return whose the session is: the first user that was bound, `first` if there was none.

        It is kept as long as a session, from the last call on.
        """

    def write_claim(self, claim: Claim) -> None:
        """Remember a claim that is kept elsewhere, for as long as a session lives."""

    def read_claim(self, session_id: SessionId) -> Claim | None:
        """Return the claim if it is remembered: that it is not says nothing."""
