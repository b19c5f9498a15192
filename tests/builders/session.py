"""Builds sessions."""

from dataclasses import replace
from typing import Any

from personalization.domain.event import Device, EventType
from personalization.domain.identifiers import CategoryId, EventId, ProductId, Region, SessionId
from personalization.domain.session import RecentEvent, Session
from tests.builders.moments import NOON

_SESSION = Session(
    session_id=SessionId("session-1"),
    started_at=NOON,
    watermark=NOON,
    region=Region("pl"),
    device=Device.MOBILE,
    recent=(
        RecentEvent(
            event_id=EventId("event-1"),
            type=EventType.PRODUCT_VIEW,
            occurred_at=NOON,
            product_id=ProductId("shirt-1"),
            category_id=CategoryId("shirts"),
            reward=1.0,
        ),
    ),
    seen=(EventId("event-1"),),
    interaction_count=1,
    profile_version=1,
)


def a_session(**overrides: Any) -> Session:
    """Return a session that saw one shirt, with some fields replaced."""
    return replace(_SESSION, **overrides)
