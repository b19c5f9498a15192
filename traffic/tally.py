from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Tally:
    """Counts and latencies (seconds) of one replay, filled as it runs."""

    events: int = 0
    interactions: int = 0
    accepted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    missing: int = 0
    """Events whose profile did not come in time."""
    retried: int = 0
    reconnected: int = 0
    sessions: int = 0
    answer_seconds: list[float] = field(default_factory=list)
    profile_seconds: list[float] = field(default_factory=list)
    slates: int = 0
    slate_hits: int = 0
    """Slates that held the product the shopper really viewed next."""

    def count_events(self, count: int, seconds: float, *, interaction: bool) -> None:
        self.events += count
        self.interactions += count if interaction else 0
        self.answer_seconds.append(seconds)

    def count_verdicts(self, answer: dict[str, Any]) -> None:
        for verdict in answer.get("verdicts", ()):
            if verdict["verdict"] == "accepted":
                self.accepted += 1
            else:
                self.rejected[verdict.get("code", verdict["verdict"])] += 1
        if "verdicts" not in answer:
            self.rejected[str(answer.get("title", "problem"))] += 1

    def count_slate(self, profile: dict[str, Any], next_product: str) -> None:
        self.slates += 1
        self.slate_hits += any(slot["product_id"] == next_product for slot in profile["slate"])

    @property
    def all_well(self) -> bool:
        return bool(self.accepted) and not (self.rejected or self.failed or self.missing)
