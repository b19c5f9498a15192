"""What was acknowledged and what was answered, written by the traffic and read at the end."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Freshness:
    acked_at: float
    """Monotonic seconds."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Read:
    at: float
    """Monotonic seconds."""
    seconds: float
    status: int
    """HTTP status; 0 where no replica answered."""
    source: str
    """Where the API says that the profile came from."""

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004 - the class of success


@dataclass(slots=True)
class Ledger:
    """Filled on one event loop; monotonic seconds throughout."""

    acked: dict[str, dict[str, str]] = field(default_factory=dict)
    """Session -> event id -> type, of every event that was answered with `accepted`."""
    seen: set[tuple[str, str]] = field(default_factory=set)
    """Decision and product of every position whose impression was acknowledged."""
    rejected: Counter[str] = field(default_factory=Counter)
    """Code -> events that the API refused, or set aside until it knows their product."""
    reads: list[Read] = field(default_factory=list)
    ack_moments: list[float] = field(default_factory=list)
    ack_seconds: list[float] = field(default_factory=list)
    fresh: list[Freshness] = field(default_factory=list)
    never_fresh: int = 0
    retries: int = 0
    unacked: int = 0
    begun_anew: int = 0
    """Visits whose first answer, and with it the token, died with the API: the page starts over."""
    duplicates_sent: int = 0
    late_sent: int = 0
    too_late_sent: int = 0
    skewed_sent: int = 0

    def note_acceptance(self, session_id: str, event_id: str, kind: str, began: float) -> None:
        """Note an acknowledgement of now, of an event first sent at `began`."""
        now = time.monotonic()
        self.acked.setdefault(session_id, {})[event_id] = kind
        self.ack_moments.append(now)
        self.ack_seconds.append(now - began)

    def acked_count(self) -> int:
        return sum(map(len, self.acked.values()))

    def first_ack_after(self, moment: float) -> float | None:
        """Return the seconds from a moment to the first acknowledgement of a later sending."""
        later = [
            acked - moment
            for acked, took in zip(self.ack_moments, self.ack_seconds, strict=True)
            if acked > moment and acked - took >= moment
        ]
        return min(later, default=None)

    def freshness_after(self, moments: Sequence[float], within_seconds: float) -> list[float]:
        """Return the freshness of events acknowledged shortly after any of the moments."""
        return [
            freshness.seconds
            for freshness in self.fresh
            if any(0 <= freshness.acked_at - moment <= within_seconds for moment in moments)
        ]

    def bad_reads(self, start: float = float("-inf"), end: float = float("inf")) -> int:
        """Return how many reads of a span got no profile."""
        return sum(1 for reading in self.reads if start <= reading.at < end and not reading.good)
