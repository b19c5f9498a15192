"""Events that a shop's server sends: one class for each type."""

from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal
from typing import Literal
from uuid import uuid4

import msgspec
from msgspec import UNSET, UnsetType

Device = Literal["mobile", "tablet", "desktop"]
Purpose = Literal["measure", "personalize", "learn", "share"]


def new_event_id() -> str:
    return str(uuid4())


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerEvent:
    """What every event says.

    The same `event_id` is the same event: to send one again, send the same object.
    """

    session_id: str
    """UUID of the visit, as the shop's page made it."""
    event_id: str = field(default_factory=new_event_id)
    occurred_at: datetime = field(default_factory=utc_now)
    """With a time zone."""
    user_id: str | UnsetType | None = UNSET
    """The shop's own id of who is logged in; None says that nobody is."""
    region: str | None = None
    """ISO 3166 code of a country."""
    device: Device | None = None
    decision_id: str | None = None
    """The decision that put the products on screen, with their `slot` where there is one."""
    consent: tuple[Purpose, ...] | None = None
    """What the shopper agrees to; an empty tuple refuses all."""

    def __post_init__(self) -> None:
        if self.occurred_at.tzinfo is None:
            raise ValueError(
                "`occurred_at` needs a time zone, such as `datetime.now(timezone.utc)`."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    product_id: str
    quantity: int = 1
    unit_price: Decimal | None = None
    """Of one piece."""
    currency: str | None = None
    """ISO 4217; the event's where it is absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductView(ServerEvent):
    product_id: str
    slot: int | None = None
    type: Literal["product_view"] = field(default="product_view", init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryView(ServerEvent):
    category_id: str
    type: Literal["category_view"] = field(default="category_view", init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddToCart(ServerEvent):
    product_id: str
    quantity: int | None = None
    unit_price: Decimal | None = None
    currency: str | None = None
    slot: int | None = None
    type: Literal["add_to_cart"] = field(default="add_to_cart", init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveFromCart(ServerEvent):
    product_id: str
    quantity: int | None = None
    type: Literal["remove_from_cart"] = field(default="remove_from_cart", init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout(ServerEvent):
    """An order. By its number and products it counts once, whoever else sends it."""

    lines: tuple[OrderLine, ...]
    order_id: str | None = None
    currency: str | None = None
    """ISO 4217, of all prices."""
    bundle_id: str | None = None
    type: Literal["checkout"] = field(default="checkout", init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(ServerEvent):
    lines: tuple[OrderLine, ...]
    order_id: str | None = None
    currency: str | None = None
    type: Literal["refund"] = field(default="refund", init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Impressions(ServerEvent):
    """Products were on screen: say the decision that put them there."""

    product_ids: tuple[str, ...]
    slots: tuple[int, ...] | None = None
    """One for each product."""
    type: Literal["impression"] = field(default="impression", init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback(ServerEvent):
    """A thumb or stars."""

    product_id: str
    thumb: Literal[1, -1] | None = None
    rating: float | None = None
    """1 to 5 stars."""
    slot: int | None = None
    type: Literal["feedback"] = field(default="feedback", init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dwell(ServerEvent):
    product_id: str
    duration_ms: float
    """In sight."""
    slot: int | None = None
    type: Literal["dwell"] = field(default="dwell", init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hover(ServerEvent):
    product_id: str
    duration_ms: float
    """Under the pointer."""
    slot: int | None = None
    type: Literal["hover"] = field(default="hover", init=False)


EVENT_TYPES = (
    ProductView, CategoryView, AddToCart, RemoveFromCart, Checkout, Refund, Impressions, Feedback,
    Dwell, Hover,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFrame:
    """The body of a call."""

    events: tuple[msgspec.Raw, ...]
    sent_at: datetime
    """Our clock as it goes out: by this the service corrects the times of the events."""
    decision_token: tuple[str, ...] | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class VerdictWarning:
    """The event was taken; this was left out of it or corrected."""

    code: str
    detail: str
    names: tuple[str, ...] = ()
    """Fields or ids that it is about."""


@dataclass(frozen=True, slots=True)
class EventVerdict:
    """What became of one event."""

    event_id: str | None
    verdict: str
    """accepted, waiting (it counts once its product is known), duplicate or rejected."""
    code: str = "ok"
    detail: str = ""
    """Why, and what to do about it."""
    warnings: tuple[VerdictWarning, ...] = ()

    @property
    def is_rejected(self) -> bool:
        return self.verdict == "rejected"


@dataclass(frozen=True, slots=True)
class EventAnswer:
    verdicts: tuple[EventVerdict, ...]
