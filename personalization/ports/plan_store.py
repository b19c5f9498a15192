"""Plans: what operators decide about serving, as versioned JSON documents by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

EXPERIMENTS = "experiments"
RULES = "rules"
PLACEMENTS = "placements"
ERASURES = "erased_sessions"
"""Sessions that are nobody's neighbours and of which no night learns."""

ERASURE_REQUESTS = "erasure_requests"
"""Names of the erasures that are not done yet; each is a plan of its own."""
CONSENTS = "consents"
"""Is there once a session has said something of consent: until then none is asked about."""
PRIVACY_KEYS = "privacy_keys"
"""A check value of the key of privacy that is used, never a key."""
KEYS = "keys"
"""Keys of the API; digests of their secrets, never these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    name: str
    version: int
    """1 for the first, then one more for each."""
    written_at: datetime
    body: bytes
    author: str | None = None


class PlanStore(Protocol):
    def read(self, name: str) -> Plan | None: ...

    def write(self, name: str, body: bytes, after: int, author: str | None = None) -> int:
        """Store a version after the one that the writer has seen (0 for none); return its number.

        Raises `SupersededError` when another version is the newest, unless it is this very one:
        a writer whose answer was lost may write again.
        """

    def versions(self, name: str) -> Sequence[int]:
        """Return the numbers of all versions, newest first."""

    def read_version(self, name: str, version: int) -> Plan | None: ...

    def discard(self, name: str, before: int) -> None:
        """Delete the versions before one; the newest always stays."""

    def names(self, prefix: str) -> Sequence[str]:
        """Return the names that begin so, in no order."""

    def remove(self, name: str) -> None:
        """Delete all versions of a document that nobody writes any more."""
