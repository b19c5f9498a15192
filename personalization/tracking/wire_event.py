"""One event as trackers send it, before anything about it has been checked."""

from datetime import datetime
from decimal import Decimal

import msgspec

WireId = str | int
"""An id; a whole number in JSON is its decimal text."""
WireMoment = datetime | int | float
"""RFC 3339 with an offset, or epoch milliseconds."""

WireConsent = list[str] | dict[str, bool | str]
"""Purposes that were agreed to, or each with whether it was; also as Google's Consent Mode and
Shopify's customer privacy say it, such as `{"analytics_storage": "granted"}`."""


class WireLine(msgspec.Struct, frozen=True):
    """One line of an order, or what was put into the cart or taken out of it."""

    product_id: WireId | None = None
    quantity: int | None = None
    """1 where it is absent."""
    unit_price: Decimal | None = None
    """Of one piece, as text or number, with at most six decimals."""
    currency: str | None = None
    """ISO 4217; the event's where it is absent."""


class WireEvent(msgspec.Struct, frozen=True):
    """Unknown fields are passed over, and the verdict names them."""

    type: str | None = None
    """product_view, category_view, add_to_cart, remove_from_cart, checkout, refund, impression,
    feedback, dwell or hover."""
    event_id: WireId | None = None
    """Made by the client, at most 64 letters, digits and ._:- ; the same id is the same event."""
    session_id: str | None = None
    """Made by the client: the UUID of one visit."""
    occurred_at: WireMoment | None = None
    """RFC 3339 with an offset, or epoch milliseconds."""
    sent_at: WireMoment | None = None
    """When the sender's clock sent it; the batch's where it is absent."""
    product_id: WireId | None = None
    product_ids: list[WireId] | None = None
    category_id: WireId | None = None
    region: str | None = None
    """ISO 3166 code of a country; read from Accept-Language where it is absent."""
    device: str | None = None
    """mobile, tablet or desktop; read from User-Agent where it is absent."""
    user_id: WireId | msgspec.UnsetType | None = msgspec.UNSET
    """Who is logged in; null says that nobody is, and an absent field says nothing."""
    decision_id: str | None = None
    """The decision that put the products on screen."""
    slot: int | None = None
    slots: list[int] | None = None
    """Runs parallel to `product_ids`."""
    bundle_id: str | None = None
    thumb: int | None = None
    """+1 or -1."""
    rating: float | None = None
    """1 to 5 stars."""
    lines: list[WireLine] | None = None
    """Of a checkout, refund, or what goes into the cart or out of it; instead of `product_ids`."""
    quantity: int | None = None
    """Of the one product, where there are no lines."""
    unit_price: Decimal | None = None
    currency: str | None = None
    """ISO 4217, of all prices of the event."""
    order_id: WireId | None = None
    """The shop's own number of the order."""
    duration_ms: float | None = None
    """Of a dwell: milliseconds in sight; of a hover: under the pointer."""
    consent: WireConsent | None = None
    """What the shopper agrees to, of measure, personalize, learn and share; the batch's where it is
    absent. An empty one refuses all."""
