import re
from typing import Final, NewType

SessionId = NewType("SessionId", str)
"""Client-made UUID of one anonymous visit of at most 48 hours."""
UserId = NewType("UserId", str)
"""The shop's own id of an identified person."""
EventId = NewType("EventId", str)
"""Client-made id; the same id is the same event, however often it arrives."""
ProductId = NewType("ProductId", str)
CategoryId = NewType("CategoryId", str)
BundleId = NewType("BundleId", str)
DecisionId = NewType("DecisionId", str)
GenerationId = NewType("GenerationId", str)
"""One night's complete priors."""
RuleId = NewType("RuleId", str)
"""A merchandising rule's name, given by its author."""
Region = NewType("Region", str)
"""Lower-case ISO 3166-1 alpha-2 country code, or the data set's own region code."""

_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def parse_session_id(text: str | None) -> SessionId | None:
    """Return the session id in lower case, None where the text is no UUID."""
    lowered = (text or "").lower()
    return SessionId(lowered) if _UUID.fullmatch(lowered) else None
