from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from personalization.domain.identifiers import SessionId

Holder = NewType("Holder", str)
"""Digest of the secret that whoever claimed a session knows; the secret itself is kept nowhere."""
NOBODY = Holder("")
"""Holds the sessions of which there are records but no claim: no secret has this digest."""

BEYOND_DAYS = 7
"""A session's last records are written days after its claim, and live from then on."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose a session id is, since its first event was accepted."""

    session_id: SessionId
    holder: Holder
    claimed_at: datetime
    revoked_at: datetime | None = None
    """When the session was ended before its time: from then on nobody speaks for it."""


@dataclass(frozen=True, slots=True)
class Revocation:
    session_id: SessionId
    moment: datetime


def claims_days(events_days: int, decisions_days: int) -> int:
    """Return how long claims are kept: longer than all that they guard; 0 is for ever."""
    lives = events_days, decisions_days
    return max(lives) + BEYOND_DAYS if all(lives) else 0
