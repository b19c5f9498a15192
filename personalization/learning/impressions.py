"""Positions of slates: seen, and with their outcome."""

from dataclasses import dataclass, field

from personalization.domain.identifiers import DecisionId, EventId, ProductId, SessionId


@dataclass(slots=True)
class Impression:
    """A position that was seen and whose rewards are still counted."""

    session_id: SessionId
    decision_id: DecisionId
    product_id: ProductId
    seen_at_ms: int
    reward: float = 0.0
    counted: list[EventId] = field(default_factory=list)
    learned: float | None = None
    """The outcome that was learned when the window had passed."""

    @property
    def key(self) -> str:
        """What finds it: its decision and product."""
        return impression_key(self.decision_id, self.product_id)


@dataclass(frozen=True, slots=True)
class ImpressionOutcome:
    """A position whose window has passed, with its outcome in -1..1."""

    decision_id: DecisionId
    product_id: ProductId
    outcome: float
    engaged: bool = False
    """Whether the shopper did anything with it."""
    corrects: float | None = None
    """The outcome learned before, where a late outcome has changed it since."""


def impression_key(decision_id: DecisionId, product_id: ProductId) -> str:
    """Return what finds a position: a decision shows a product once."""
    return f"{decision_id}/{product_id}"
