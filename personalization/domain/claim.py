from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from personalization.domain.identifiers import SessionId

Holder = NewType("Holder", str)
"""Digest of the secret that whoever claimed a session knows; the secret itself is kept nowhere."""
NOBODY = Holder("")
"""Holds the sessions of which there are records but no claim: no secret has this digest."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose a session id is, since its first event was accepted."""

    session_id: SessionId
    holder: Holder
    claimed_at: datetime
