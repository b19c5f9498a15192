from typing import Protocol

from personalization.domain.claim import Claim
from personalization.domain.identifiers import SessionId


class ClaimStore(Protocol):
    """Who holds which session, kept as long as anything else of it."""

    def claim(self, wanted: Claim) -> Claim:
        """Store the claim unless the id has one, and return the one that holds from now on."""

    def read(self, session_id: SessionId) -> Claim | None:
        """Return the session's claim, None where nobody has claimed it."""
