"""Judges wire events over a tiny catalogue."""

from dataclasses import replace
from datetime import timedelta

import msgspec

from api.tracking.request_events import envelope_in, events_in
from personalization.catalogue.catalogue_cache import CatalogueIds
from personalization.domain.event import Device
from personalization.domain.identifiers import CategoryId, ProductId, Region, SessionId
from personalization.tracking.client_hints import ClientHints
from personalization.tracking.rejection import EventRejection
from personalization.tracking.validation import Circumstances, TakenEvent, judge
from tests.builders.moments import NOON
from tests.builders.wire_event import SESSION, a_wire_event

KNOWN = CatalogueIds(
    products={ProductId(name): CategoryId("shirts") for name in ("shirt-1", "shirt-2", "7")},
    categories=frozenset({CategoryId("shirts"), CategoryId("hats")}),
)


def batch_at_noon(sent_at: object = None) -> Circumstances:
    return Circumstances(
        session_id=SessionId(SESSION),
        hints=ClientHints(Region("pl"), Device.MOBILE),
        received_at=NOON,
        clock_skew=timedelta(seconds=2),
        maximum_age=timedelta(hours=48),
        sent_at=sent_at,
    )


def judge_batch(*events: dict[str, object], **beside: object) -> list[TakenEvent | EventRejection]:
    """Judge a batch received at noon; `beside` stands beside its events."""
    body = msgspec.json.encode({"events": events, **beside})
    envelope = envelope_in(body)
    batch = replace(batch_at_noon(envelope.sent_at), consent=envelope.consent)
    return [judge(event, batch, KNOWN) for event in events_in(body, 100)]


def take_event(**fields: object) -> TakenEvent:
    (found,) = judge_batch(a_wire_event(**fields))
    assert isinstance(found, TakenEvent), found
    return found


def rejection(**fields: object) -> EventRejection:
    (found,) = judge_batch(a_wire_event(**fields))
    assert isinstance(found, EventRejection), found
    return found


def names_by_code(found: TakenEvent) -> dict[str, tuple[str, ...]]:
    """Return the code of each warning with the names in it."""
    return {warning.code: warning.names for warning in found.warnings}
