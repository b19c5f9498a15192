"""Builds events as the tracker sends them, and as they wait for a product."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from personalization.domain.event import Device
from personalization.domain.identifiers import EventId, ProductId, Region, SessionId
from personalization.ports.waiting_events import WaitingEvent, WaitingPlace
from tests.builders.moments import NOON

SESSION = str(UUID(int=1))
OTHER_SESSION = str(UUID(int=2))


def a_wire_event(**overrides: object) -> dict[str, object]:
    """Return the view of a shirt as JSON fields; an override of None leaves the field out."""
    fields: dict[str, object] = {
        "type": "product_view",
        "event_id": "event-1",
        "session_id": SESSION,
        "occurred_at": NOON.isoformat(),
        "product_id": "shirt-1",
        **overrides,
    }
    return {name: value for name, value in fields.items() if value is not None}


def a_waiting_event(
    event_id: str = "event-1",
    *product_ids: str,
    session_id: str = SESSION,
    received_at: datetime = NOON,
    **wire: object,
) -> WaitingEvent:
    """Return a view of `shirt-9`, or what `wire` makes of it, received at noon for a day."""
    missing = tuple(map(ProductId, product_ids or ("shirt-9",)))
    fields = {"product_id": missing[0], "event_id": event_id, "session_id": session_id} | wire
    body = msgspec.json.encode(a_wire_event(**fields)).decode()
    place = WaitingPlace(
        session_id=SessionId(session_id),
        event_id=EventId(event_id),
        product_ids=missing,
        expires_at=received_at + timedelta(hours=24),
        size=len(body),
    )
    return WaitingEvent(
        place=place,
        body=body,
        received_at=received_at,
        region=Region("pl"),
        device=Device.MOBILE,
        clock_skew_seconds=2.0,
        maximum_age_hours=48.0,
    )
