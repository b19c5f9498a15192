import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil
from typing import Any, Final

import msgspec

from personalization.catalogue.catalogue_cache import CatalogueIds
from personalization.domain.consent import NOTHING_STATED, UNSAID, Consent, ConsentStatement
from personalization.domain.event import STAR_RANGE, Device, Event, EventType
from personalization.domain.identifiers import (
    BundleId,
    CategoryId,
    DecisionId,
    EventId,
    OrderId,
    ProductId,
    Region,
    SessionId,
    UserId,
    parse_session_id,
    states_impossible_time,
)
from personalization.domain.region import parse_region
from personalization.domain.reward import ATTENTION
from personalization.tracking.client_hints import ClientHints
from personalization.tracking.event_warning import EventWarning, warning
from personalization.tracking.rejection import (
    EventRejection,
    RejectedEventError,
    checked_id,
    reject,
    reject_missing,
    reject_without_consent,
)
from personalization.tracking.sender_clock import Receipt, SenderClock, moment_of
from personalization.tracking.sent_consent import consent_in, consent_of_batch
from personalization.tracking.sent_event import SentEvent
from personalization.tracking.sent_lines import (
    PRODUCTS_OF_AN_EVENT,
    WITH_LINES,
    LineReader,
    product_ids_in,
    unknown_fields,
    unused_fields,
)
from personalization.tracking.wire_event import WireEvent, WireId

EVENT_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_SERVERS_APART: Final = timedelta(minutes=5)
"""How far the clocks of those that decide may be ahead of the one that receives."""
_AT_ONCE: Final = timedelta(0)
_ORDERS: Final = frozenset({EventType.CHECKOUT, EventType.REFUND})
_TYPES: Final = {
    event_type.value: event_type
    for event_type in EventType
    if event_type not in {EventType.LOGIN, EventType.CONSENT}
}
"""Those that anybody may send."""
_DEVICES: Final = {device.value: device for device in Device}


@dataclass(frozen=True, slots=True)
class Circumstances:
    session_id: SessionId
    hints: ClientHints
    received_at: datetime
    clock_skew: timedelta
    maximum_age: timedelta
    sent_at: object = None
    """Of the batch, by the sender's clock, as it stood in the JSON; an event's own goes before."""
    consent: object = None
    """Of the batch, as it stood in the JSON; an event's own goes before."""
    statement: ConsentStatement = NOTHING_STATED
    """What the session had said of consent before."""
    unsaid: Consent = UNSAID
    """What counts where nothing was said."""
    refused: Consent = ()
    """What the browser refuses by itself."""
    silent_limit: Consent | None = None
    """What an event without a word was granted when it came, where it is judged again."""
    spoken_limit: Consent | None = None
    """The same of one that says something; None where nothing limited it."""
    attested: bool | None = None
    """What is noted of orders and their refunds: whether the shop's server sends them, with a
    secret key. None where that is not asked for."""
    vouched_for: UserId | bool = False
    """Whose name in `user_id` counts: a user's whose token was shown, or anybody's, as where a
    secret key says it. A page alone can say anything."""
    user_fault: str = ""
    """What is wrong with the user token that was shown."""

    def consent_at(self, said: Consent | None, moment: datetime) -> Consent | None:
        """Return what an event of a moment may be used for, of which this was said.

        None where that is what counts without a word; what a browser refuses is one.
        """
        limited = self.statement.limit(said, moment, self.unsaid)
        consent = self.statement.agreement(self.unsaid) if limited is None else limited
        before = self.silent_limit if said is None else self.spoken_limit
        consent = consent if before is None else tuple(p for p in consent if p in before)
        if self.refused:
            consent = tuple(purpose for purpose in consent if purpose not in self.refused)
        return None if limited is None and not self.refused and consent == UNSAID else consent

    @property
    def keeps_nothing(self) -> bool:
        """Whether an event that says nothing itself leaves no trace, not even among the dead."""
        sent = consent_of_batch(self.consent, self.unsaid)
        return sent.is_unreadable or self.consent_at(sent.consent, self.received_at) == ()


@dataclass(frozen=True, slots=True)
class TakenEvent:
    """An event that counts, with what its verdict has to say nevertheless."""

    event: Event
    warnings: tuple[EventWarning, ...] = ()
    nobody: bool = False
    """Whether it says that nobody is logged in, as opposed to nothing."""
    claimed: UserId | None = None
    """The user that it names and nobody vouches for: it makes nobody's session, and must not be of
    another user than its session is."""
    said: Consent | None = None
    """What it or its batch says of consent, before what was said earlier limits it."""


def judge(
    sent: SentEvent, batch: Circumstances, known: CatalogueIds, later: timedelta = _AT_ONCE
) -> TakenEvent | EventRejection:
    """Return the event, completed from the request, or why it cannot be taken.

    It is noted as received so much `later` than the batch, and what was set to its receipt stays
    at it.
    """
    if not sent.readable:
        return EventRejection("malformed", f"{sent.fault}: correct how the event is written.")
    if sent.fields is None:
        return EventRejection("invalid_field", f"{sent.fault}: correct the field's type.")
    try:
        return _Judge(sent.fields, batch, known, unknown_fields(sent.unknown), later).event()
    except RejectedEventError as error:
        return error.rejection


@dataclass(slots=True)
class _Judge:
    """Judges one event and gathers what its verdict has to say."""

    wire: WireEvent
    batch: Circumstances
    known: CatalogueIds
    warnings: list[EventWarning]
    later: timedelta

    def event(self) -> TakenEvent:
        """Return the event; raises `RejectedEventError`."""
        wire, batch = self.wire, self.batch
        said = self._own_word()
        if said == ():
            reject_without_consent(self._occurred_at(), said)
        kind = _type(wire)
        event_id, attested = _event_id(wire.event_id), self._attestation(kind)
        session_id = _session_id(wire.session_id, batch.session_id)
        occurred_at, received_at = self._occurred_at(), batch.received_at + self.later
        if occurred_at == batch.received_at:
            occurred_at = received_at
        consent = self._consent(said, occurred_at)
        lines = LineReader(wire, kind, self.warnings).read(self.known.products)
        named = self._named_user()
        user_id = named if self._is_vouched_for(named) else None
        order_id = self._order(kind)
        if kind is EventType.CHECKOUT and order_id is not None and attested is not False:
            event_id = order_event_id(order_id, product_ids_in(wire))
        event = Event(
            event_id=event_id,
            session_id=session_id,
            type=kind,
            occurred_at=occurred_at,
            received_at=received_at,
            product_ids=lines.product_ids,
            category_id=self._category(kind, lines.product_ids),
            region=self._region() or batch.hints.region,
            device=_device(wire.device) or batch.hints.device,
            user_id=user_id,
            decision_id=_decision(wire, kind, batch.received_at + _SERVERS_APART),
            slots=lines.slots,
            bundle_id=BundleId(checked_id("bundle_id", wire.bundle_id)) if wire.bundle_id else None,
            quantities=lines.quantities,
            unit_price_micros=lines.unit_price_micros,
            currency=lines.currency,
            order_id=order_id,
            duration_ms=self._duration(kind),
            attested=attested,
            consent=consent,
            **self._feedback(kind),
        )
        nobody = wire.user_id is not msgspec.UNSET and named is None
        claimed = named if user_id is None else None
        # Everything that counts, learns and compares knows the parent alone.
        counted = event.with_parents(self.known.parents)
        return TakenEvent(counted, tuple(self.warnings), nobody, claimed, said)

    def _named_user(self) -> UserId | None:
        sent = self.wire.user_id
        if sent is msgspec.UNSET or sent is None or sent == "":
            return None
        return UserId(checked_id("user_id", str(sent)))

    def _is_vouched_for(self, named: UserId | None) -> bool:
        vouched = self.batch.vouched_for
        if named is None or vouched is True or vouched == named:
            return True
        fault = self.batch.user_fault or (
            "The user token is another user's." if vouched else "No user token was shown."
        )
        why = f"{fault} The event is kept, and `user_id` counts as nothing: log in first."
        self.warnings.append(warning("unattested_user", why, ["user_id"]))
        return False

    def _attestation(self, kind: EventType) -> bool | None:
        if kind not in _ORDERS:
            return None
        if self.batch.attested is False:
            why = f"This {kind} is kept, and worth nothing: the shop's server has to send it."
            self.warnings.append(warning("unattested_order", why))
        return self.batch.attested

    def _own_word(self) -> Consent | None:
        own, batch = self.wire.consent, self.batch
        if own is None:
            sent = consent_of_batch(batch.consent, batch.unsaid)
        else:
            sent = consent_in(own, batch.unsaid)
        self.warnings += sent.warnings()
        return sent.readable()

    def _consent(self, said: Consent | None, occurred_at: datetime) -> Consent | None:
        """Return what the event may be used for; raises `RejectedEventError` for nothing at all."""
        consent = self.batch.consent_at(said, occurred_at)
        if consent == ():
            reject_without_consent(occurred_at, said)
        return consent

    def _occurred_at(self) -> datetime:
        sent, batch = self.wire.occurred_at, self.batch
        if sent is None:
            reject("missing_field", "An event needs `occurred_at`: RFC 3339 or epoch milliseconds.")
        sent_at = batch.sent_at if self.wire.sent_at is None else self.wire.sent_at
        clock = SenderClock.of(sent_at, batch.received_at, batch.clock_skew)
        receipt = Receipt(batch.received_at, batch.clock_skew, batch.maximum_age)
        moment, said = moment_of(sent, clock, receipt)
        self.warnings += said
        return moment

    def _category(self, kind: EventType, products: tuple[ProductId, ...]) -> CategoryId | None:
        """Return the category; what the catalogue says of a product goes before the event."""
        known, own = self.known, None
        if PRODUCTS_OF_AN_EVENT[kind] == 1:
            own = known.products[products[0]]
        if self.wire.category_id is None:
            if kind is EventType.CATEGORY_VIEW:
                reject_missing("category_id", kind)
            return own
        category = CategoryId(checked_id("category_id", self.wire.category_id))
        if kind is EventType.CATEGORY_VIEW and category not in known.categories:
            reject(
                "unknown_category",
                f"The catalogue has no category {category!r}: import it, or correct the id.",
            )
        if category == own or (own is None and category in known.categories):
            return category
        why = "The catalogue does not say so of the product, and goes before the event: import it."
        self.warnings.append(warning("other_category", why, [category]))
        return own

    def _region(self) -> Region | None:
        sent = self.wire.region
        if not sent:
            return None
        region = parse_region(sent)
        if region is None:
            reject("bad_id", "`region` is a country's ISO 3166 code such as pl: correct it.")
        if "-" in sent:
            why = f"Of a region its country counts: {region} was taken."
            self.warnings.append(warning("country_of_region", why, [sent]))
        return region

    def _order(self, kind: EventType) -> OrderId | None:
        sent = self.wire.order_id
        if sent in (None, ""):
            return None
        if kind not in WITH_LINES:
            self.warnings.append(unused_fields(kind, ["order_id"]))
            return None
        return OrderId(checked_id("order_id", str(sent)))

    def _duration(self, kind: EventType) -> int | None:
        sent = self.wire.duration_ms
        if not kind.is_attention:
            if sent is not None:
                self.warnings.append(unused_fields(kind, ["duration_ms"]))
            return None
        if sent is None:
            reject_missing("duration_ms", kind)
        if not sent > 0:
            reject("invalid_field", "`duration_ms` is a number of milliseconds above 0.")
        _, cap_ms = ATTENTION[kind]
        if sent > cap_ms:
            why = f"Of `duration_ms` {cap_ms} ms count: send parts as they happen."
            self.warnings.append(warning("capped", why, ["duration_ms"]))
        return ceil(min(sent, cap_ms))

    def _feedback(self, kind: EventType) -> dict[str, Any]:
        """Return the stars and the thumb, which only feedback has: the night counts all stars."""
        thumb, rating = self.wire.thumb, self.wire.rating
        if thumb is None and rating is None and kind is not EventType.FEEDBACK:
            return {}
        sent = {"thumb": thumb, "rating": rating}
        if kind is not EventType.FEEDBACK:
            unused = [name for name, value in sent.items() if value is not None]
            if unused:
                self.warnings.append(unused_fields(kind, unused))
            return {}
        if thumb is not None and thumb not in {1, -1}:
            reject("invalid_field", "`thumb` is 1 or -1.")
        if rating is not None and not STAR_RANGE[0] <= rating <= STAR_RANGE[1]:
            reject("invalid_field", "`rating` is a number of stars from 1 to 5.")
        if thumb is None and rating is None:
            reject_missing("thumb or rating", kind)
        return sent


def order_event_id(order_id: OrderId, product_ids: Collection[ProductId]) -> EventId:
    """Return the id of an order's event, or of a part of a long one, whoever sends it.

    So the page and the shop's server may both send it, or one of them twice: it counts once.
    """
    named = msgspec.json.encode([order_id, sorted(product_ids)])
    return EventId(f"order.{sha256(named).hexdigest()[:40]}")


def _type(wire: WireEvent) -> EventType:
    if wire.type is None:
        reject("missing_field", "An event needs `type`: send it.")
    kind = _TYPES.get(wire.type)
    if wire.type == EventType.LOGIN:
        reject("unknown_type", "A login is no event to send: call `POST /v1/sessions/ID/login`.")
    if wire.type == EventType.CONSENT:
        reject("unknown_type", "Consent is no event to send: call `POST /v1/sessions/ID/consent`.")
    if kind is None:
        reject("unknown_type", f"There is no such event type: use one of {', '.join(_TYPES)}.")
    return kind


def _event_id(event_id: WireId | None) -> EventId:
    if event_id is None or event_id == "":
        reject("missing_field", "An event needs `event_id`: send a new UUID.")
    if not EVENT_ID.fullmatch(str(event_id)):
        reject("bad_id", "`event_id` takes 1 to 64 letters, digits and . _ : - : send a UUID.")
    return EventId(str(event_id))


def _session_id(session_id: str | None, allowed: SessionId) -> SessionId:
    if not session_id:
        reject("missing_field", "An event needs `session_id`: send the visit's UUID.")
    parsed = parse_session_id(session_id)
    if parsed is None:
        reject("bad_id", "`session_id` must be a UUID: make a new one.")
    if parsed != allowed:
        reject(
            "session_token",
            "The session token does not cover this event's session: send it with its own token.",
        )
    return parsed


def _device(device: str | None) -> Device | None:
    if not device:
        return None
    if device.lower() not in _DEVICES:
        reject("invalid_field", f"`device` is one of {', '.join(_DEVICES)}.")
    return _DEVICES[device.lower()]


def _decision(wire: WireEvent, kind: EventType, latest: datetime) -> DecisionId | None:
    if wire.decision_id:
        decision_id = DecisionId(checked_id("decision_id", wire.decision_id))
        if states_impossible_time(decision_id, latest):
            reject(
                "unknown_decision",
                "`decision_id` states a time at which nothing was decided: send the profile's own.",
            )
        return decision_id
    if kind is EventType.IMPRESSION:
        reject_missing("decision_id", kind)
    return None
