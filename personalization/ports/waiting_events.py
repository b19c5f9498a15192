"""Events of products that the catalogue does not have yet, as they are kept until it has them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from personalization.domain.access.shop import SHOP, ShopId
from personalization.domain.event import Device
from personalization.domain.identifiers import EventId, ProductId, Region, SessionId


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPlace:
    """Where a waiting event is kept, and what it waits for."""

    session_id: SessionId
    event_id: EventId
    product_ids: tuple[ProductId, ...]
    """Those that were unknown."""
    expires_at: datetime
    """When it is judged whatever the catalogue has."""
    size: int
    """Bytes of its JSON."""
    shop: ShopId = SHOP


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingEvent:
    """The event as it was sent, with the circumstances by which it is judged."""

    place: WaitingPlace
    body: str
    """Its JSON."""
    received_at: datetime
    region: Region | None
    device: Device
    sent_at: str = ""
    """What its batch said of its sending, as JSON; empty where that was nothing."""
    notes: tuple[tuple[str, str], ...] = ()
    """What else its request said of it: names and texts, as headers of a dead letter."""
    clock_skew_seconds: float
    maximum_age_hours: float
    was_checked: bool = True
    """False where only the learner can judge the decision that it names."""


class WaitingEventStore(Protocol):
    """Events of products that are not known yet, by shop, session and event id.

    There are never more than a setting allows, so that all places can be read at once.
    """

    def write(self, events: Sequence[WaitingEvent]) -> None:
        """Keep the events; one that is kept already is replaced."""

    def places(self) -> Sequence[WaitingPlace]:
        """Return where all of them are, without their bodies; the oldest first."""

    def places_of(self, session_id: SessionId) -> Sequence[WaitingPlace]: ...

    def read(self, places: Sequence[WaitingPlace]) -> Sequence[WaitingEvent]:
        """Return those that are still kept, in the order of the places."""

    def remove(self, places: Sequence[WaitingPlace]) -> None:
        """Remove events; those that are gone stay gone."""
