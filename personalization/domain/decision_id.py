"""Decision ids carry their time, so that a learner can tell an old decision without looking.

Layout of a version 7 UUID (RFC 9562): 48 bits of epoch milliseconds, then bits derived from
what the decision was made of. The same decision made again has the same id.
"""

import hashlib
from datetime import UTC, datetime
from uuid import UUID

from personalization.domain.identifiers import DecisionId

_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62
_TIME_BITS_BELOW = 80
_RANDOM_MASK = (1 << 80) - 1
_CLEARED = ~((0xF << 76) | (0b11 << 62))


def decision_id_of(decided_at: datetime, material: str) -> DecisionId:
    milliseconds = int(decided_at.timestamp() * 1000)
    digest = int.from_bytes(hashlib.sha256(material.encode()).digest()[:10], "big")
    below = (digest & _RANDOM_MASK) & _CLEARED | _VERSION | _VARIANT
    return DecisionId(str(UUID(int=(milliseconds << _TIME_BITS_BELOW) | below)))


def decided_at_of(decision_id: DecisionId) -> datetime | None:
    """Return the moment in a decision id (to the millisecond), None if it is not one of ours."""
    try:
        number = UUID(decision_id).int
    except ValueError:
        return None
    if number & (0xF << 76) != _VERSION:
        return None
    return datetime.fromtimestamp((number >> _TIME_BITS_BELOW) / 1000, UTC)


def seed_of(decision_id: DecisionId) -> int:
    """Return the seed of the decision's draws (63 bits)."""
    return int.from_bytes(hashlib.sha256(decision_id.encode()).digest()[:8], "big") >> 1
