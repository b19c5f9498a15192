from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from personalization.domain.event import Device, Event, EventType
from personalization.domain.identifiers import (
    CategoryId,
    EventId,
    ProductId,
    Region,
    SessionId,
    UserId,
)

SESSION_LIFE = timedelta(hours=48)
LATENESS_WINDOW = timedelta(hours=1)
"""An event this much older than the session's watermark is kept in the history only."""
RECENT_LIMIT = 50
"""Decay 0.9 leaves 0.5 % of the weight at the fiftieth event: more would not change a score."""
SEEN_LIMIT = 2_000
"""Event ids remembered for deduplication; far above what 48 hours of one person produce."""


class Counted(StrEnum):
    COUNTED = "counted"
    DUPLICATE = "duplicate"
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentEvent:
    """The part of an interaction that ranking needs, one per product."""

    event_id: EventId
    type: EventType
    occurred_at: datetime
    product_id: ProductId | None
    category_id: CategoryId | None
    reward: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One visit as counted so far. `recent` is newest first by the time events happened."""

    session_id: SessionId
    started_at: datetime
    watermark: datetime
    region: Region | None = None
    device: Device = Device.UNKNOWN
    user_id: UserId | None = None
    recent: tuple[RecentEvent, ...] = ()
    seen: tuple[EventId, ...] = ()
    interaction_count: int = 0
    profile_version: int = 0
    revision: int = 0
    """Grows with every change: a store refuses an older state from a reader that was overtaken."""
    rebuilt: int | None = None
    """How many of `seen` were counted again from the history, as long as the history may lack some
    that were counted before; None for a state that lacks nothing."""

    @classmethod
    def start(cls, event: Event) -> "Session":
        return cls(
            session_id=event.session_id, started_at=event.occurred_at, watermark=event.occurred_at
        )

    def judge(self, event: Event) -> Counted:
        if event.event_id in self.seen:
            return Counted.DUPLICATE
        if event.occurred_at < self.watermark - LATENESS_WINDOW:
            return Counted.TOO_LATE
        return Counted.COUNTED

    def with_event(self, event: Event, recent: tuple[RecentEvent, ...]) -> "Session":
        """Return the session after a counted event; a late one never rolls it back."""
        newest = event.occurred_at >= self.watermark
        merged = sorted((*recent, *self.recent), key=lambda entry: entry.occurred_at, reverse=True)
        return replace(
            self,
            watermark=max(self.watermark, event.occurred_at),
            region=event.region if newest and event.region else self.region or event.region,
            device=event.device if newest and event.device is not Device.UNKNOWN else self.device,
            user_id=event.user_id or self.user_id,
            recent=tuple(merged[:RECENT_LIMIT]),
            seen=(*self.seen, event.event_id)[-SEEN_LIMIT:],
            interaction_count=self.interaction_count + int(event.type.is_interaction),
        )
