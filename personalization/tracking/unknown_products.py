"""What of an event is of products that the catalogue does not have yet, and how that waits.

An event of which no line can count waits whole, under its own id. Of an order with lines that can,
these count at once: a line that no feed will ever bring, such as one for gift wrap, must not delay
what was bought. The others wait as an event of their own with the order's number, under an id made
of the event's. So no line counts twice however often the event is sent or judged again, and none is
lost. Impressions do not wait: a decision shows only what the catalogue has.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from personalization.catalogue.catalogue_cache import CatalogueIds
from personalization.codec.moments import from_microseconds, to_microseconds
from personalization.domain.event import Device, EventType
from personalization.domain.identifiers import (
    CategoryId,
    ProductId,
    Region,
    id_fault,
)
from personalization.ports.event_log import Message
from personalization.ports.waiting_events import WaitingEvent, WaitingPlace
from personalization.tracking.client_hints import ClientHints
from personalization.tracking.dead_letters import letter_message
from personalization.tracking.rejection import EventRejection
from personalization.tracking.request_notes import notes_of, with_notes
from personalization.tracking.sender_clock import SENT_AT, sent_at_headers, sent_at_in
from personalization.tracking.sent_event import SentEvent, sent_event
from personalization.tracking.sent_lines import has_too_many, product_ids_in
from personalization.tracking.validation import EVENT_ID, Circumstances, TakenEvent, judge
from personalization.tracking.wire_event import WireEvent

UNKNOWN_PRODUCT: Final = "unknown_product"
IN_PARTS: Final = frozenset({EventType.CHECKOUT.value, EventType.REFUND.value})
"""Events with several lines, each of which counts by itself."""
RECEIVED_AT: Final = "received-at"
REGION: Final = "region"
DEVICE: Final = "device"
"""Headers of the dead letter of an event that waited: what its request said of it."""
_REST: Final = ".rest"
_NO_CATEGORY: Final = CategoryId("")
_HOUR: Final = timedelta(hours=1)
_AT_ONCE: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class HeldEvent:
    """What could count if only the catalogue had its products."""

    body: str
    """Its JSON: a whole event."""
    taken: TakenEvent
    """What it would be."""
    product_ids: tuple[ProductId, ...]
    """Those that are missing."""
    is_rest: bool
    """Whether the other lines of its event count without it."""


def hold_back(
    sent: SentEvent,
    outcome: TakenEvent | EventRejection,
    batch: Circumstances,
    known: CatalogueIds,
    later: timedelta = _AT_ONCE,
) -> HeldEvent | None:
    """Return what is to wait of an event that was judged so, None where nothing is."""
    wire = sent.fields
    if wire is None or wire.type == EventType.IMPRESSION.value or has_too_many(wire):
        return None
    is_rest = isinstance(outcome, TakenEvent)
    if is_rest and wire.type not in IN_PARTS:
        return None
    missing = _missing(wire, known)
    if not missing:
        return None
    # No bundle has a product that the catalogue lacks.
    waiting = msgspec.structs.replace(wire, bundle_id=None)
    body = _json_of(_rest_of(waiting, missing) if is_rest else waiting)
    categories = {**known.products, **dict.fromkeys(missing, _NO_CATEGORY)}
    judged = judge(
        sent_event(body), batch, CatalogueIds(categories, known.categories, known.parents), later
    )
    if isinstance(judged, EventRejection):
        return None
    return HeldEvent(body.decode(), judged, missing, is_rest)


def waiting_event(
    held: HeldEvent, batch: Circumstances, hours: float, *, was_checked: bool
) -> WaitingEvent:
    event = held.taken.event
    place = WaitingPlace(
        session_id=event.session_id,
        event_id=event.event_id,
        product_ids=held.product_ids,
        expires_at=batch.received_at + hours * _HOUR,
        size=len(held.body.encode()),
    )
    return WaitingEvent(
        place=place,
        body=held.body,
        received_at=batch.received_at,
        region=batch.hints.region,
        device=batch.hints.device,
        sent_at=dict(sent_at_headers(batch.sent_at)).get(SENT_AT, ""),
        notes=notes_of(batch),
        clock_skew_seconds=batch.clock_skew.total_seconds(),
        maximum_age_hours=batch.maximum_age / _HOUR,
        was_checked=was_checked,
    )


def circumstances_of(event: WaitingEvent) -> Circumstances:
    batch = Circumstances(
        session_id=event.place.session_id,
        hints=ClientHints(event.region, event.device),
        received_at=event.received_at,
        clock_skew=timedelta(seconds=event.clock_skew_seconds),
        maximum_age=event.maximum_age_hours * _HOUR,
        sent_at=sent_at_in(event.sent_at),
    )
    return with_notes(batch, lambda name: dict(event.notes).get(name, ""))


def letter_of(body: str, rejection: EventRejection, of: WaitingEvent, source: str) -> Message:
    """Return the dead letter of what waited in vain, with what its request said of it."""
    headers = (
        (RECEIVED_AT, str(to_microseconds(of.received_at))),
        (REGION, of.region or ""),
        (DEVICE, of.device.value),
        *(() if not of.sent_at else ((SENT_AT, of.sent_at),)),
        *of.notes,
    )
    reason = f"{rejection.code}: {rejection.detail}"
    return letter_message(of.place.session_id, body.encode(), reason, source, headers)


def received_at_in(header: str) -> datetime | None:
    """Return when the event of a letter was received, None where the letter does not say so."""
    return from_microseconds(int(header)) if header.isdecimal() else None


def hints_in(region: str, device: str) -> ClientHints:
    """Return what a letter's headers say of its request; nothing where they are empty."""
    return ClientHints(
        Region(region) if region else None,
        Device(device) if device in set(Device) else Device.UNKNOWN,
    )


def _missing(wire: WireEvent, known: CatalogueIds) -> tuple[ProductId, ...]:
    """Return the well-formed ids of products that the catalogue lacks, sorted."""
    named = product_ids_in(wire)
    return tuple(
        sorted(name for name in named if name not in known.products and id_fault(name) is None)
    )


def _rest_of(wire: WireEvent, missing: Collection[ProductId]) -> WireEvent:
    """Return the lines of these products as an event of the same order."""
    wanted = set(missing)
    rest: dict[str, Any] = {
        "event_id": _rest_id(str(wire.event_id)),
        "order_id": wire.order_id or wire.event_id,
        # Only the lines that were in the decision's slots have them.
        "slot": None,
        "slots": None,
        "product_id": None,
    }
    if wire.lines is not None:
        lines = [line for line in wire.lines if str(line.product_id) in wanted]
        return msgspec.structs.replace(wire, **rest, product_ids=None, lines=lines)
    named = list(map(str, wire.product_ids or ()))
    beside = [] if wire.product_id is None else [str(wire.product_id)]
    # A product that stands in the list twice was bought twice, one beside the list is in it.
    named += [name for name in beside if name not in named]
    ids = [name for name in named if name in wanted]
    # They were of no line of several, and would be of the one that is left.
    return msgspec.structs.replace(wire, **rest, product_ids=ids, quantity=None, unit_price=None)


def _rest_id(event_id: str) -> str:
    own = event_id + _REST
    if EVENT_ID.fullmatch(own):
        return own
    return hashlib.sha256(event_id.encode()).hexdigest()[:48] + _REST


def _json_of(wire: WireEvent) -> bytes:
    """Return the fields that say something; that nobody is logged in is one of them."""
    fields = {
        name: value
        for name in WireEvent.__struct_fields__
        if (value := getattr(wire, name)) is not msgspec.UNSET
        and (value is not None or name == "user_id")
    }
    return msgspec.json.encode(fields)
