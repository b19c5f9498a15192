from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from personalization.domain.access.claim import Claim, Revocation
from personalization.domain.identifiers import SessionId


class ClaimStore(Protocol):
    """Who holds which session, kept as long as anything else of it."""

    def claim(self, wanted: Claim) -> Claim:
        """Store the claim unless the id has one, and return the one that holds from now on."""

    def read(self, session_id: SessionId) -> Claim | None:
        """Return the session's claim, None where nobody has claimed it."""

    def revoke(self, session_id: SessionId, moment: datetime) -> Claim:
        """Note that the session has ended, and return its claim as it is now.

        A session that nobody has claimed is held by `NOBODY` then. One that has ended before
        keeps the moment at which it did.
        """

    def erase(self, session_ids: Sequence[SessionId]) -> int:
        """Delete whose sessions were, and that they ended; return how many there were."""

    def revoked_between(self, since: datetime, until: datetime) -> Sequence[Revocation]:
        """Return the sessions that ended from one moment up to another, and may be a few beyond.

        Those of the last `SESSION_LIFE` are found: no token is older.
        """
