"""Events made of their columns, for those who need events after all."""

from collections.abc import Sequence
from dataclasses import fields
from itertools import chain

from personalization.codec.moments import from_microseconds
from personalization.domain.event import Event, EventType
from personalization.domain.identifiers import (
    CategoryId,
    EventId,
    ProductId,
    Region,
    SessionId,
    UserId,
)
from personalization.ports.plain_events import PlainEvents


def events_of(columns: PlainEvents) -> list[Event]:
    rows = zip(
        columns.event_ids,
        columns.session_ids,
        columns.types,
        map(from_microseconds, columns.occurred_us),
        columns.product_ids,
        columns.category_ids,
        columns.regions,
        columns.user_ids,
        strict=True,
    )
    return [
        Event(
            event_id=EventId(event_id),
            session_id=SessionId(session_id),
            type=EventType(kind),
            occurred_at=moment,
            received_at=moment,
            product_ids=() if product is None else (ProductId(product),),
            category_id=None if category is None else CategoryId(category),
            region=None if region is None else Region(region),
            user_id=None if user is None else UserId(user),
        )
        for event_id, session_id, kind, moment, product, category, region, user in rows
    ]


def concatenation(batches: Sequence[PlainEvents]) -> PlainEvents:
    columns = {
        field.name: list(chain.from_iterable(getattr(batch, field.name) for batch in batches))
        for field in fields(PlainEvents)
    }
    return PlainEvents(**columns)
