import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NoReturn

import msgspec

from personalization.catalogue.catalogue_cache import CatalogueIds
from personalization.domain.event import Device, Event, EventType
from personalization.domain.identifiers import (
    BundleId,
    CategoryId,
    DecisionId,
    EventId,
    ProductId,
    Region,
    SessionId,
    UserId,
    parse_session_id,
    states_impossible_time,
)
from personalization.tracking.client_hints import REGION, ClientHints
from personalization.tracking.wire_event import WireEvent

_EVENT: Final = msgspec.json.Decoder(WireEvent)
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_HALF_PAIR: Final = "The text holds half a surrogate pair, which is no character"


@dataclass(frozen=True, slots=True)
class SentEvent:
    """One event as sent: its JSON, and its fields or what is wrong with its shape."""

    raw: bytes
    fields: WireEvent | None
    fault: str = ""
    readable: bool = True
    """False where it is not even JSON."""


def sent_event(raw: bytes) -> SentEvent:
    """Read one event from its JSON; what cannot be read is a fault of this event alone."""
    try:
        return SentEvent(raw, _EVENT.decode(raw))
    except msgspec.ValidationError as error:
        return SentEvent(raw, None, str(error))
    except UnicodeDecodeError:
        return SentEvent(raw, None, "The text is not UTF-8", readable=False)
    except RecursionError:
        return SentEvent(raw, None, "The JSON is nested too deeply", readable=False)
    except msgspec.DecodeError as error:
        # Of half a surrogate pair msgspec says that data was cut off.
        fault = _HALF_PAIR if _SURROGATE.search(raw) else f"The JSON cannot be read ({error})"
        return SentEvent(raw, None, fault, readable=False)


def ids_in(events: Iterable[SentEvent]) -> tuple[set[ProductId], set[CategoryId]]:
    products: set[ProductId] = set()
    categories: set[CategoryId] = set()
    for event in events:
        if event.fields is not None:
            products.update(map(ProductId, event.fields.product_ids or ()))
            products.add(ProductId(event.fields.product_id or ""))
            categories.add(CategoryId(event.fields.category_id or ""))
    products.discard(ProductId(""))
    categories.discard(CategoryId(""))
    return products, categories


EVENT_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")
MAXIMUM_ID_LENGTH: Final = 128
MAXIMUM_PRODUCTS: Final = 100
"""Products of one event: a long checkout, or a screen full of impressions."""
MAXIMUM_SLOT: Final = 1_000
_FAR_MS: Final = 10**15
"""No calendar reaches so far, and a number of any size can still be divided here."""
_STARS: Final = (1.0, 5.0)
_TYPES: Final = {event_type.value: event_type for event_type in EventType}
_DEVICES: Final = {device.value: device for device in Device}
PRODUCTS_OF_AN_EVENT: Final[Mapping[EventType, int]] = {
    EventType.PRODUCT_VIEW: 1,
    EventType.CATEGORY_VIEW: 0,
    EventType.ADD_TO_CART: 1,
    EventType.CHECKOUT: MAXIMUM_PRODUCTS,
    EventType.IMPRESSION: MAXIMUM_PRODUCTS,
    EventType.FEEDBACK: 1,
}


@dataclass(frozen=True, slots=True)
class EventRejection:
    """Why an event cannot be taken: a code for programs, a sentence for people."""

    code: str
    detail: str


class _RejectedError(Exception):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.rejection = EventRejection(code, detail)


@dataclass(frozen=True, slots=True)
class Circumstances:
    session_id: SessionId
    hints: ClientHints
    received_at: datetime
    clock_skew: timedelta
    maximum_age: timedelta


def judge(sent: SentEvent, batch: Circumstances, known: CatalogueIds) -> Event | EventRejection:
    """Return the event, completed from the request, or why it cannot be taken."""
    if not sent.readable:
        return EventRejection("malformed", f"{sent.fault}: correct how the event is written.")
    if sent.fields is None:
        return EventRejection("invalid_field", f"{sent.fault}: correct the field's type.")
    try:
        return _event(sent.fields, batch, known)
    except _RejectedError as error:
        return error.rejection


def _event(wire: WireEvent, batch: Circumstances, known: CatalogueIds) -> Event:
    kind = _type(wire)
    event_id = _event_id(wire.event_id)
    session_id = _session_id(wire.session_id, batch.session_id)
    occurred_at = _moment(wire.occurred_at, batch)
    product_ids = _products(wire, kind, known)
    _check_feedback(wire, kind)
    return Event(
        event_id=event_id,
        session_id=session_id,
        type=kind,
        occurred_at=occurred_at,
        received_at=batch.received_at,
        product_ids=product_ids,
        category_id=_category(wire, kind, product_ids, known),
        region=_region(wire.region) or batch.hints.region,
        device=_device(wire.device) or batch.hints.device,
        user_id=UserId(_id("user_id", wire.user_id)) if wire.user_id else None,
        decision_id=_decision(wire, kind, batch.received_at + batch.clock_skew),
        slots=_slots(wire, kind, len(product_ids)),
        bundle_id=BundleId(_id("bundle_id", wire.bundle_id)) if wire.bundle_id else None,
        thumb=wire.thumb,
        rating=wire.rating,
    )


def _reject(code: str, detail: str) -> NoReturn:
    raise _RejectedError(code, detail)


def _reject_missing(field: str, kind: str) -> NoReturn:
    _reject("missing_field", f"A {kind} event needs `{field}`: send it.")


def _type(wire: WireEvent) -> EventType:
    if wire.type is None:
        _reject("missing_field", "An event needs `type`: send it.")
    kind = _TYPES.get(wire.type)
    if kind is None:
        _reject("unknown_type", f"There is no such event type: use one of {', '.join(_TYPES)}.")
    return kind


def _event_id(event_id: str | None) -> EventId:
    if not event_id:
        _reject("missing_field", "An event needs `event_id`: send a new UUID.")
    if not EVENT_ID.fullmatch(event_id):
        _reject("bad_id", "`event_id` takes 1 to 64 letters, digits and . _ : - : send a UUID.")
    return EventId(event_id)


def _session_id(session_id: str | None, allowed: SessionId) -> SessionId:
    if not session_id:
        _reject("missing_field", "An event needs `session_id`: send the visit's UUID.")
    parsed = parse_session_id(session_id)
    if parsed is None:
        _reject("bad_id", "`session_id` must be a UUID: make a new one.")
    if parsed != allowed:
        _reject(
            "session_token",
            "The session token does not cover this event's session: send it with its own token.",
        )
    return parsed


def _moment(sent: datetime | float | None, batch: Circumstances) -> datetime:
    if sent is None:
        _reject("missing_field", "An event needs `occurred_at`: RFC 3339 or epoch milliseconds.")
    if isinstance(sent, datetime):
        if sent.tzinfo is None:
            _reject("invalid_field", "`occurred_at` has no offset from UTC: add Z or +hh:mm.")
        seconds = (sent - batch.received_at).total_seconds()
    else:
        near = max(-_FAR_MS, min(sent, _FAR_MS))
        seconds = near / 1000 - batch.received_at.timestamp()
    if seconds > batch.clock_skew.total_seconds():
        _reject("in_the_future", "`occurred_at` is ahead of our clock: set the sender's clock.")
    if -seconds > batch.maximum_age.total_seconds():
        hours = batch.maximum_age.total_seconds() / 3600
        _reject("too_old", f"`occurred_at` is more than {hours:g} hours ago: import it as history.")
    if isinstance(sent, datetime):
        return sent.astimezone(UTC)
    return datetime.fromtimestamp(sent / 1000, UTC)


def _id(field: str, value: str) -> str:
    if len(value) > MAXIMUM_ID_LENGTH:
        _reject("too_long", f"`{field}` may have {MAXIMUM_ID_LENGTH} characters: shorten it.")
    if not value or not value.isprintable() or value != value.strip():
        _reject(
            "bad_id", f"`{field}` is empty or holds control characters or outer spaces: clean it."
        )
    return value


def _products(wire: WireEvent, kind: EventType, known: CatalogueIds) -> tuple[ProductId, ...]:
    sent = wire.product_ids if wire.product_ids is not None else [wire.product_id or ""]
    if PRODUCTS_OF_AN_EVENT[kind] == 0:
        return ()
    if not sent or sent == [""]:
        _reject_missing("product_id", kind)
    if len(sent) > PRODUCTS_OF_AN_EVENT[kind]:
        most = "one product" if PRODUCTS_OF_AN_EVENT[kind] == 1 else f"{MAXIMUM_PRODUCTS} products"
        _reject("too_long", f"A {kind} event takes {most}: send several events.")
    products = tuple(ProductId(_id("product_id", product_id)) for product_id in sent)
    unknown = [product for product in products if product not in known.products]
    if unknown:
        _reject(
            "unknown_product",
            f"The catalogue has no product {unknown[0]!r}: import it, or correct the id.",
        )
    return products


def _category(
    wire: WireEvent, kind: EventType, products: tuple[ProductId, ...], known: CatalogueIds
) -> CategoryId | None:
    if wire.category_id is None:
        if kind is EventType.CATEGORY_VIEW:
            _reject_missing("category_id", kind)
        return known.products[products[0]] if PRODUCTS_OF_AN_EVENT[kind] == 1 else None
    category = CategoryId(_id("category_id", wire.category_id))
    if category not in known.categories:
        _reject(
            "unknown_category",
            f"The catalogue has no category {category!r}: import it, or correct the id.",
        )
    return category


def _region(region: str | None) -> Region | None:
    if not region:
        return None
    if not REGION.fullmatch(region.lower()):
        _reject("bad_id", "`region` is a country code such as pl: correct it.")
    return Region(region.lower())


def _device(device: str | None) -> Device | None:
    if not device:
        return None
    if device not in _DEVICES:
        _reject("invalid_field", f"`device` is one of {', '.join(_DEVICES)}.")
    return _DEVICES[device]


def _decision(wire: WireEvent, kind: EventType, latest: datetime) -> DecisionId | None:
    if wire.decision_id:
        decision_id = DecisionId(_id("decision_id", wire.decision_id))
        if states_impossible_time(decision_id, latest):
            _reject(
                "unknown_decision",
                "`decision_id` states a time at which nothing was decided: send the profile's own.",
            )
        return decision_id
    if kind is EventType.IMPRESSION:
        _reject_missing("decision_id", kind)
    return None


def _slots(wire: WireEvent, kind: EventType, products: int) -> tuple[int, ...]:
    slots = wire.slots if wire.slots is not None else [wire.slot] if wire.slot is not None else []
    if not slots and kind is not EventType.IMPRESSION:
        return ()
    if kind is EventType.IMPRESSION and len(slots) != products:
        _reject("invalid_field", "An impression needs one slot for each product: send `slots`.")
    if len(slots) > max(products, 1):
        _reject("invalid_field", "There are more slots than products: correct them.")
    if any(not 0 <= slot <= MAXIMUM_SLOT for slot in slots):
        _reject("invalid_field", f"A slot is a number from 0 to {MAXIMUM_SLOT}.")
    return tuple(slots)


def _check_feedback(wire: WireEvent, kind: EventType) -> None:
    if kind is EventType.FEEDBACK and wire.thumb is None and wire.rating is None:
        _reject_missing("thumb or rating", kind)
    if wire.thumb is not None and wire.thumb not in {1, -1}:
        _reject("invalid_field", "`thumb` is 1 or -1.")
    if wire.rating is not None and not _STARS[0] <= wire.rating <= _STARS[1]:
        _reject("invalid_field", "`rating` is a number of stars from 1 to 5.")
