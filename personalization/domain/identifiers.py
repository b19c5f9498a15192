import hashlib
import re
from datetime import UTC, datetime
from typing import Final, NewType
from uuid import UUID

SessionId = NewType("SessionId", str)
"""Client-made UUID of one anonymous visit of at most 48 hours."""
ShopUserId = NewType("ShopUserId", str)
"""The shop's own id of an identified person, as it comes in; what is kept is the `UserId`."""
UserId = NewType("UserId", str)
"""An identified person as everything here knows them: a pseudonym of the shop's own id."""
EventId = NewType("EventId", str)
"""Client-made id; the same id is the same event, however often it arrives."""
ProductId = NewType("ProductId", str)
CategoryId = NewType("CategoryId", str)
BundleId = NewType("BundleId", str)
DecisionId = NewType("DecisionId", str)
OrderId = NewType("OrderId", str)
"""The shop's own number of an order."""
GenerationId = NewType("GenerationId", str)
"""One night's complete priors."""
RuleId = NewType("RuleId", str)
"""A merchandising rule's name, given by its author."""
Region = NewType("Region", str)
"""Lower-case ISO 3166-1 alpha-2 country code, or the data set's own region code."""

_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62
_TIME_BITS_BELOW = 80
_RANDOM_MASK = (1 << 80) - 1
_MARKS = (0xF << 76) | (0b11 << 62)
_CLEARED = ~_MARKS
MAXIMUM_ID_LENGTH: Final = 128
"""Characters of an id; the same for what is imported and for what events carry."""
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def id_fault(text: str) -> str | None:
    """Return what is wrong with an id of the shop, as the end of a sentence about it."""
    if not text:
        return "is empty"
    if len(text) > MAXIMUM_ID_LENGTH:
        return f"has more than {MAXIMUM_ID_LENGTH} characters"
    if not text.isprintable() or text != text.strip():
        return "holds invisible characters or outer spaces"
    return None


SAMPLE_PREFIX: Final = "sample:"
"""Begins the ids of sample shoppers, as whom anybody may log in; nobody of the shop has one."""


def person_fault(text: str) -> str | None:
    """Return what is wrong with an id of a person for whom a shop vouches, as `id_fault` does."""
    if text.startswith(SAMPLE_PREFIX):
        return f"begins with `{SAMPLE_PREFIX}`, as those of sample shoppers do"
    return id_fault(text)


def parse_session_id(text: str | None) -> SessionId | None:
    """Return the session id in lower case, None where the text is no UUID."""
    lowered = (text or "").lower()
    return SessionId(lowered) if _UUID.fullmatch(lowered) else None


def decision_id_of(decided_at: datetime, material: str) -> DecisionId:
    milliseconds = int(decided_at.timestamp() * 1000)
    digest = int.from_bytes(hashlib.sha256(material.encode()).digest()[:10], "big")
    below = (digest & _RANDOM_MASK) & _CLEARED | _VERSION | _VARIANT
    # As a UUID writes it, without making one.
    digits = f"{(milliseconds << _TIME_BITS_BELOW) | below:032x}"
    parts = digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]
    return DecisionId("-".join(parts))


def start_of_decision_ids(moment: datetime) -> str:
    """Return what sorts before every decision id of the moment and later, and after all others."""
    digits = f"{int(moment.timestamp() * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}"


FIRST_DECISION: Final = datetime(2020, 1, 1, tzinfo=UTC)
"""Before this program there were no decisions of it."""
_LAST_DECISION: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""Far enough from the calendar's end that windows can be added."""
_FIRST_MS: Final = int(FIRST_DECISION.timestamp() * 1000)
_LAST_MS: Final = int(_LAST_DECISION.timestamp() * 1000)


def decided_at_of(decision_id: DecisionId) -> datetime | None:
    """Return the moment in a decision id (to the millisecond), None if it is not one of ours.

    Anybody can write an id: one that states an impossible time is not ours either.
    """
    milliseconds = _stated_milliseconds(decision_id)
    if milliseconds is None or not _FIRST_MS <= milliseconds < _LAST_MS:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def is_made_up(decision_id: DecisionId, now: datetime) -> bool:
    """Return whether no decision made up to a moment can have this id."""
    decided_at = decided_at_of(decision_id)
    return decided_at is None or decided_at > now


def states_impossible_time(decision_id: DecisionId, now: datetime) -> bool:
    """Return whether the id is written as one of ours, but with a time at which it was not made."""
    milliseconds = _stated_milliseconds(decision_id)
    if milliseconds is None:
        return False
    return not _FIRST_MS <= milliseconds <= now.timestamp() * 1000


def _stated_milliseconds(decision_id: DecisionId) -> int | None:
    # `UUID` alone also takes braces, prefixes and other scripts' digits.
    if not _UUID.fullmatch(decision_id):
        return None
    number = UUID(decision_id).int
    return number >> _TIME_BITS_BELOW if number & _MARKS == _VERSION | _VARIANT else None


def seed_of(decision_id: DecisionId) -> int:
    """Return the seed of the decision's draws (63 bits)."""
    return int.from_bytes(hashlib.sha256(decision_id.encode()).digest()[:8], "big") >> 1
