from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import msgspec

from personalization.domain.identifiers import CategoryId, ProductId
from personalization.tracking.wire_event import WireEvent

_EVENT: Final = msgspec.json.Decoder(WireEvent)


@dataclass(frozen=True, slots=True)
class SentEvent:
    """One event as sent: its JSON, and its fields or what is wrong with its shape."""

    raw: bytes
    fields: WireEvent | None
    fault: str = ""


def sent_event(raw: bytes) -> SentEvent:
    """Read one event from its JSON; raises `msgspec.DecodeError` for what is not JSON."""
    try:
        return SentEvent(raw, _EVENT.decode(raw))
    except msgspec.ValidationError as error:
        return SentEvent(raw, None, str(error))


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
