from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from personalization.domain.consent import Consent, ConsentPurpose, agrees
from personalization.domain.event import Device, Event, EventType
from personalization.domain.identifiers import (
    CategoryId,
    EventId,
    ProductId,
    Region,
    SessionId,
    UserId,
)
from personalization.domain.reward import ATTENTION
from personalization.value_classes import copy_with, set_by_slots

SESSION_LIFE = timedelta(hours=48)
LATENESS_WINDOW = timedelta(hours=1)
"""An event this much older than the session's watermark is kept in the history only."""
RECENT_LIMIT = 50
"""Decay 0.9 leaves 0.5 % of the weight at the fiftieth event: more would not change a score."""
ATTENTION_LIMIT = 10
"""Products that were looked at and are remembered: the last few."""
LEFT_ALONE_LIMIT = 200
"""Products that were on screen and are remembered, those shown last: some pages of rows."""
SEEN_LIMIT = 2_000
"""Event ids remembered for deduplication; far above what 48 hours of one person produce."""


class Counted(StrEnum):
    COUNTED = "counted"
    DUPLICATE = "duplicate"
    TOO_LATE = "too_late"
    OTHER_USER = "other_user"
    """It is of another person than the session: what one did must not be shown to the other."""
    REFUSED = "refused"
    """The shopper does not want to be chosen for, and nothing is remembered of them."""


@set_by_slots
@dataclass(frozen=True, slots=True, kw_only=True)
class RecentEvent:
    """The part of an interaction that ranking needs, one per product."""

    event_id: EventId
    type: EventType
    occurred_at: datetime
    product_id: ProductId | None
    category_id: CategoryId | None
    reward: float
    quantity: int | None = None
    """Pieces, where the event named them."""


@set_by_slots
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
    attention: tuple[RecentEvent, ...] = ()
    """What was looked at, one entry for each product and kind, newest first. It stands apart from
    `recent`, so that nobody's interactions grow old by it."""
    seen: tuple[EventId, ...] = ()
    interaction_count: int = 0
    consent: Consent | None = None
    """What the newest event that said something of it says."""
    profile_version: int = 0
    revision: int = 0
    """Grows with every change: a store refuses an older state from a reader that was overtaken."""
    left_alone: tuple[tuple[ProductId, int], ...] = ()
    """What was on screen since the shopper last acted on it, and how many times; newest last."""
    rebuilt: int | None = None
    """How many of `seen` were counted again from the history, as long as the history may lack some
    that were counted before; None for a state that lacks nothing."""
    refused_until: datetime | None = None
    """When the shopper last refused to be chosen for: what was done until then stays unused."""
    by_pieces: bool = False
    """Whether a removal or refund that names pieces takes back no more than those. A session that a
    former release began goes on by its rule, that everything is taken back: its state has no pieces
    of what was put into the cart."""

    @classmethod
    def start(cls, event: Event) -> "Session":
        return cls(
            session_id=event.session_id,
            started_at=event.occurred_at,
            watermark=event.occurred_at,
            by_pieces=True,
        )

    def judge(self, event: Event) -> Counted:
        if self.user_id and event.user_id not in {None, self.user_id}:
            return Counted.OTHER_USER
        if event.event_id in self.seen:
            return Counted.DUPLICATE
        if event.occurred_at < self.watermark - LATENESS_WINDOW:
            return Counted.TOO_LATE
        if self.refused_until is not None and event.occurred_at <= self.refused_until:
            return Counted.REFUSED
        if event.is_refused and not self._remembers_anything:
            return Counted.REFUSED
        return Counted.COUNTED

    @property
    def _remembers_anything(self) -> bool:
        has_done = self.recent or self.attention or self.left_alone or self.user_id
        return bool(has_done or (self.seen and agrees(self.consent, ConsentPurpose.PERSONALIZE)))

    def with_refusal(self, refusal: Event) -> "Session":
        """Return a session that has nothing to forget, and takes no earlier event that comes late.

        The very same session where it knows that already.
        """
        known = self.refused_until
        if known is not None and refusal.occurred_at <= known:
            return self
        return copy_with(self, refused_until=refusal.occurred_at)

    def with_event(self, event: Event, recent: tuple[RecentEvent, ...]) -> "Session":
        """Return the session after a counted event; a late one never rolls it back."""
        if event.is_refused:
            return self._without_past(event)
        newest = event.occurred_at >= self.watermark
        looked = event.type.is_attention
        return copy_with(
            self,
            watermark=max(self.watermark, event.occurred_at),
            region=event.region if newest and event.region else self.region or event.region,
            device=event.device if newest and event.device is not Device.UNKNOWN else self.device,
            user_id=self.user_id or event.user_id,
            consent=self._consent_after(event, newest=newest),
            recent=self.recent if looked else _newest_first((*recent, *self.recent))[:RECENT_LIMIT],
            attention=self._with_attention(recent) if looked else self.attention,
            left_alone=self._left_alone_after(event),
            seen=(*self.seen, event.event_id)[-SEEN_LIMIT:],
            interaction_count=self.interaction_count
            + int(event.type.is_interaction and not event.is_worthless),
        )

    def _without_past(self, refusal: Event) -> "Session":
        """Return the session without what was done until a refusal.

        The ids stay, so that nothing counts again that comes twice.
        """
        moment = refusal.occurred_at
        recent = tuple(entry for entry in self.recent if entry.occurred_at > moment)
        newest = moment >= self.watermark
        return copy_with(
            self,
            watermark=max(self.watermark, moment),
            consent=self._consent_after(refusal, newest=newest),
            user_id=None,
            recent=recent,
            attention=tuple(entry for entry in self.attention if entry.occurred_at > moment),
            left_alone=(),
            refused_until=max(moment, self.refused_until or moment),
            seen=(*self.seen, refusal.event_id)[-SEEN_LIMIT:],
            interaction_count=min(self.interaction_count, len(recent)),
        )

    def _left_alone_after(self, event: Event) -> tuple[tuple[ProductId, int], ...]:
        shown = event.type is EventType.IMPRESSION
        if not event.product_ids or not (shown or event.type.is_interaction):
            return self.left_alone
        times = dict(self.left_alone)
        for product in dict.fromkeys(event.product_ids):
            before = times.pop(product, 0)
            if shown:
                times[product] = before + 1
        return tuple(times.items())[-LEFT_ALONE_LIMIT:]

    def _consent_after(self, event: Event, *, newest: bool) -> Consent | None:
        if event.consent is None or (self.consent is not None and not newest):
            return self.consent
        return event.consent

    def in_force(self) -> tuple[RecentEvent, ...]:
        """Return `recent` without what was taken back since: removed from the cart, or refunded.

        What names no pieces takes the product back whole. Pieces are taken from what was done last,
        and an entry of which any are left stays as it is.
        """
        if all(entry.type.takes_back is None for entry in self.recent):
            return self.recent
        gone = _taken_back(self.recent, by_pieces=self.by_pieces)
        return tuple(
            entry
            for place, entry in enumerate(self.recent)
            if entry.type.takes_back is None and place not in gone
        )

    @property
    def takes_pieces_back(self) -> bool:
        """Whether anything is taken back by pieces, so that the rule of former releases differs."""
        return self.by_pieces and any(
            entry.quantity is not None and entry.type.takes_back is not None
            for entry in self.recent
        )

    def _with_attention(self, looks: tuple[RecentEvent, ...]) -> tuple[RecentEvent, ...]:
        """Add up what each product got of each kind, up to the most that it may give."""
        entries = {(entry.type, entry.product_id): entry for entry in self.attention}
        for look in looks:
            before = entries.get((look.type, look.product_id), look)
            gained = look.reward if before is look else before.reward + look.reward
            newer = max(look, before, key=lambda entry: entry.occurred_at)
            most, _ = ATTENTION[look.type]
            entries[look.type, look.product_id] = replace(newer, reward=min(most, gained))
        return _newest_first(entries.values())[:ATTENTION_LIMIT]


def _newest_first(entries: Iterable[RecentEvent]) -> tuple[RecentEvent, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.occurred_at, reverse=True))


def _taken_back(recent: Sequence[RecentEvent], *, by_pieces: bool) -> set[int]:
    """Return the places of what was taken back whole; `recent` is newest first."""
    left = defaultdict[tuple[EventType, ProductId | None], list[list[int]]](list)
    """Places with their pieces, newest last."""
    gone = set[int]()
    oldest_first = reversed(range(len(recent)))
    # Of one moment, what takes back comes first: it is of what was there before.
    for place in sorted(
        oldest_first,
        key=lambda place: (recent[place].occurred_at, recent[place].type.takes_back is None),
    ):
        entry = recent[place]
        if entry.type.takes_back is None:
            left[entry.type, entry.product_id].append([place, entry.quantity or 1])
            continue
        before = left[entry.type.takes_back, entry.product_id]
        wanted = entry.quantity if by_pieces else None
        while before and (wanted is None or wanted >= before[-1][1]):
            found, pieces = before.pop()
            gone.add(found)
            wanted = None if wanted is None else wanted - pieces
        if before and wanted:
            before[-1][1] -= wanted
    return gone
