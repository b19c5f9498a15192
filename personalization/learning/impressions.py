"""Impressions: products seen in a slot, first open, then with their outcome."""

from dataclasses import dataclass, field

from personalization.domain.identifiers import DecisionId, EventId, ProductId, SessionId


@dataclass(slots=True)
class Impression:
    """A seen product whose rewards are still counted."""

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
        return impression_key(self.decision_id, self.product_id)


@dataclass(frozen=True, slots=True)
class ImpressionOutcome:
    """An impression whose window has passed, with its outcome in -1..1."""

    decision_id: DecisionId
    product_id: ProductId
    outcome: float
    engaged: bool = False
    """Whether the shopper did anything with it."""
    corrects: float | None = None
    """The outcome learned before, where a late outcome has changed it since."""


def impression_key(decision_id: DecisionId, product_id: ProductId) -> str:
    # A decision shows a product once.
    return f"{decision_id}/{product_id}"
