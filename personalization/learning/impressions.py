"""Impressions: products seen in a slot, first open, then with their outcome."""

from dataclasses import dataclass, field
from datetime import datetime

from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import (
    DecisionId,
    EventId,
    ProductId,
    SessionId,
    is_made_up,
)
from personalization.ports.event_history import CLOCK_SLACK

SESSION_IMPRESSIONS = 5_000
"""Of one session that may wait at a time: 200 slates of two dozen within an hour, when a person
sees a few dozen. About 3 MB, so no single visitor can fill the book."""
ALL_IMPRESSIONS = 1_000_000
"""Remembered in all, open or learned: 600 MB, and 280 each second with windows of half an hour."""
COUNTED_INTERACTIONS = 50
"""With one impression. Its outcome is cut to -1..1 anyway, which a single order reaches."""
SESSION_INTERACTIONS = 5_000
"""Counted of a session with all of its impressions: their ids, about 1 MB, are in each checkpoint,
and 50 with every impression that it may have waiting would be 40 MB."""


@dataclass(slots=True)
class Impression:
    """A seen product whose rewards are still counted."""

    session_id: SessionId
    decision_id: DecisionId
    product_id: ProductId
    seen_at_ms: int
    reward: float = 0.0
    attention: float = 0.0
    """What looking at it gave, up to the most that it may give."""
    counted: list[EventId] = field(default_factory=list)
    learned: float | None = None
    """The outcome that was learned when the window had passed."""
    carted: int = 0
    """Pieces that are in the cart from it; none are known of what was carted before they were."""
    bought: int = 0
    """Pieces that were bought of it and not paid back."""

    @property
    def key(self) -> str:
        return impression_key(self.decision_id, self.product_id)

    def count_pieces(self, event: Event) -> bool:
        """Count what an event puts into the cart, buys or takes back of the product.

        Returns false where it takes back some pieces, and others are left.
        """
        pieces, left = event.pieces_of(self.product_id), 0
        match event.type:
            case EventType.ADD_TO_CART:
                self.carted += pieces or 1
            case EventType.CHECKOUT:
                self.bought += pieces or 1
            case EventType.REMOVE_FROM_CART:
                self.carted = left = _fewer(self.carted, pieces)
            case EventType.REFUND:
                self.bought = left = _fewer(self.bought, pieces)
            case _:
                pass
        return left == 0


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
    closed_at_ms: int = field(default=0, compare=False)
    """When it was due, in log time."""


def made_up_impressions(event: Event, taken_at: datetime) -> int:
    """Return how many impressions the event reports of a decision that cannot have been made."""
    if event.type is not EventType.IMPRESSION or event.decision_id is None:
        return 0
    made_up = is_made_up(event.decision_id, taken_at + CLOCK_SLACK)
    return len(event.product_ids) if made_up else 0


def impression_key(decision_id: DecisionId, product_id: ProductId) -> str:
    # A decision shows a product once.
    return f"{decision_id}/{product_id}"


def _fewer(before: int, pieces: int | None) -> int:
    return 0 if pieces is None else max(0, before - pieces)
