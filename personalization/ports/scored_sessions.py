"""What a scorer has made of a batch: profiles, and the sessions that they were made of."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from personalization.domain.identifiers import SessionId
from personalization.domain.session import Session
from personalization.ports.profile_store import StoredProfile


class ScoredSessions(Protocol):
    def write_many(
        self, sessions: Sequence[Session], profiles: Mapping[SessionId, StoredProfile]
    ) -> None:
        """Store the profiles, then the sessions, and then announce the profiles.

        No session is stored where a profile could not be: its events would count as done and never
        make one. A stored one of the same version or a newer one stays, as in either store. That
        an announcement is lost is harmless, and no error.
        """

    def close(self) -> None: ...
