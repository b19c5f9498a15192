from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from personalization.domain.identifiers import (
    BundleId,
    CategoryId,
    DecisionId,
    EventId,
    ProductId,
    Region,
    SessionId,
    UserId,
)


class EventType(StrEnum):
    """What happened; the values are the names used on the wire and in the history."""

    PRODUCT_VIEW = "product_view"
    CATEGORY_VIEW = "category_view"
    ADD_TO_CART = "add_to_cart"
    CHECKOUT = "checkout"
    IMPRESSION = "impression"
    FEEDBACK = "feedback"

    @property
    def is_interaction(self) -> bool:
        """Whether the shopper acted, as opposed to something merely being on screen."""
        return self is not EventType.IMPRESSION


class Device(StrEnum):
    MOBILE = "mobile"
    TABLET = "tablet"
    DESKTOP = "desktop"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact, flat so that log, history and Spark share its columns.

    `product_ids` holds one product for a view, cart or feedback event, every line of a
    checkout, and the products on screen of an impression; `slots` runs parallel to it for
    impressions and holds the clicked slot for interactions that came from a decision.
    """

    event_id: EventId
    session_id: SessionId
    type: EventType
    occurred_at: datetime
    received_at: datetime
    product_ids: tuple[ProductId, ...] = ()
    category_id: CategoryId | None = None
    region: Region | None = None
    device: Device = Device.UNKNOWN
    user_id: UserId | None = None
    decision_id: DecisionId | None = None
    slots: tuple[int, ...] = ()
    bundle_id: BundleId | None = None
    thumb: int | None = None
    """+1 or -1."""
    rating: float | None = None
    """1 to 5 stars."""

    @property
    def product_id(self) -> ProductId | None:
        return self.product_ids[0] if self.product_ids else None


def received_order(event: Event) -> tuple[datetime, datetime, EventId]:
    """Return what sorts events as the API received them: their order in the log."""
    return event.received_at, event.occurred_at, event.event_id
