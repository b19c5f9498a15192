"""One event as trackers send it, before anything about it has been checked."""

from datetime import datetime

import msgspec


class WireEvent(msgspec.Struct, frozen=True):
    """Unknown fields are ignored."""

    type: str | None = None
    """product_view, category_view, add_to_cart, checkout, impression or feedback."""
    event_id: str | None = None
    """Made by the client, at most 64 letters, digits and ._:- ; the same id is the same event."""
    session_id: str | None = None
    """Made by the client: the UUID of one visit."""
    occurred_at: datetime | int | float | None = None
    """RFC 3339 with an offset, or epoch milliseconds."""
    product_id: str | None = None
    product_ids: list[str] | None = None
    category_id: str | None = None
    region: str | None = None
    """Lower-case country code; read from Accept-Language where it is absent."""
    device: str | None = None
    """mobile, tablet or desktop; read from User-Agent where it is absent."""
    user_id: str | None = None
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
