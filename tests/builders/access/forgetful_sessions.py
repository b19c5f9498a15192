from collections.abc import Mapping, Sequence

from personalization.domain.access.claim import Claim
from personalization.domain.access.user_binding import UserBinding
from personalization.domain.consent import ConsentStatement
from personalization.domain.identifiers import SessionId
from personalization.domain.session import Session
from personalization.ports.session_store import StoredStatement


class ForgetfulSessions:
    """A store of sessions that has lost everything at once, as an evicting Redis may."""

    def write_many(self, sessions: Sequence[Session]) -> None:
        del sessions

    def read_many(self, session_ids: Sequence[SessionId]) -> Mapping[SessionId, Session]:
        del session_ids
        return {}

    def bind_user(self, session_id: SessionId, first: UserBinding | None) -> UserBinding | None:
        del session_id
        return first

    def read_statement(self, session_id: SessionId) -> StoredStatement:
        del session_id
        return StoredStatement(None, has_session=False)

    def write_statement(self, session_id: SessionId, statement: ConsentStatement) -> None:
        del session_id, statement

    def erase(self, session_ids: Sequence[SessionId]) -> int:
        del session_ids
        return 0

    def write_claim(self, claim: Claim) -> None:
        del claim

    def read_claim(self, session_id: SessionId) -> Claim | None:
        del session_id
        return None
