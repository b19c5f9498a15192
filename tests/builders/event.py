"""Builds events."""

from dataclasses import replace
from typing import Any

from personalization.domain.event import Device, Event, EventType
from personalization.domain.identifiers import CategoryId, EventId, ProductId, Region, SessionId
from tests.builders.moments import NOON

_EVENT = Event(
    event_id=EventId("event-1"),
    session_id=SessionId("session-1"),
    type=EventType.PRODUCT_VIEW,
    occurred_at=NOON,
    received_at=NOON,
    product_ids=(ProductId("shirt-1"),),
    category_id=CategoryId("shirts"),
    region=Region("pl"),
    device=Device.MOBILE,
)


def an_event(**overrides: Any) -> Event:
    """Return the view of a shirt, with some fields replaced."""
    return replace(_EVENT, **overrides)
