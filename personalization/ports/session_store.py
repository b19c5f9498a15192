"""The state of live sessions, and who may speak for them."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from personalization.domain.identifiers import SessionId
from personalization.domain.session import Session


class SessionStore(Protocol):
    """Sessions by id, each living as long as a session may."""

    def write_many(self, sessions: Sequence[Session]) -> None:
        """Store the sessions and renew their time to live.

        A session whose stored revision is the same or newer is left as it is.
        """

    def read_many(self, session_ids: Sequence[SessionId]) -> Mapping[SessionId, Session]:
        """Return the sessions that exist and have not expired."""

    def claim(self, session_id: SessionId) -> bool:
        """Take a session id for its first speaker: true once, then false while it lives."""
