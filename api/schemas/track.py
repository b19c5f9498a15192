"""What `POST /v1/track` takes and answers."""

from datetime import datetime

import msgspec


class WireEvent(msgspec.Struct, frozen=True):
    """One event as the tracker sends it. Unknown fields are ignored."""

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


class TrackBatch(msgspec.Struct, frozen=True):
    """A batch of events; a bare list of events or a single event is taken as well."""

    events: list[WireEvent]


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one event, in the order they were sent."""

    event_id: str | None
    verdict: str
    """accepted, duplicate or rejected."""
    code: str = "ok"
    """The reason, for programs."""
    detail: str = ""
    """The reason, with what to do about it."""


class TrackAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The verdicts, and a session token on first contact."""

    accepted: int
    duplicate: int
    rejected: int
    verdicts: list[Verdict]
    session_token: str | None = None
    """Send it as `Authorization: Bearer` from now on (browsers also get it as a cookie)."""
    session_expires_at: datetime | None = None
