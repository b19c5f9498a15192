"""Events as they were sent: JSON with the fields of an event, or with a fault of its own."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import msgspec

from personalization.domain.identifiers import CategoryId, ProductId
from personalization.tracking.loose_event import fields_of, read_loosely
from personalization.tracking.nesting import is_too_deep
from personalization.tracking.sent_lines import has_too_many, product_ids_in
from personalization.tracking.wire_event import WireEvent, WireLine


class _ExactEvent(WireEvent, frozen=True, forbid_unknown_fields=True):
    """A wire event without a field that is not known."""


_MOST_UNKNOWN: Final = 1_000
"""Fields of an event that are looked at though there are none such."""
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
TOO_DEEP: Final = "The JSON is nested too deeply"
_HALF_PAIR: Final = "The text holds half a surrogate pair, which is no character"
_EXACT: Final = msgspec.json.Decoder(_ExactEvent)
_LINES: Final = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True, slots=True)
class SentEvent:
    """One event as sent: its JSON, and its fields or what is wrong with its shape."""

    raw: bytes
    fields: WireEvent | None
    fault: str = ""
    unknown: tuple[str, ...] = ()
    """Fields that there are not; those of lines as `lines.name`."""
    readable: bool = True
    """False where it is not even JSON."""


def sent_event(raw: bytes) -> SentEvent:
    """Read one event from its JSON; what cannot be read is a fault of this event alone."""
    if is_too_deep(raw):
        return SentEvent(raw, None, TOO_DEEP, readable=False)
    try:
        return _read(raw)
    except msgspec.ValidationError as error:
        return SentEvent(raw, None, str(error))
    except UnicodeDecodeError:
        return SentEvent(raw, None, "The text is not UTF-8", readable=False)
    except RecursionError:
        return SentEvent(raw, None, TOO_DEEP, readable=False)
    except msgspec.DecodeError as error:
        # Of half a surrogate pair msgspec says that data was cut off.
        fault = _HALF_PAIR if _SURROGATE.search(raw) else f"The JSON cannot be read ({error})"
        return SentEvent(raw, None, fault, readable=False)


def _read(raw: bytes) -> SentEvent:
    try:
        event: WireEvent = _EXACT.decode(raw)
    except msgspec.ValidationError:
        event = read_loosely(raw)
    else:
        if not event.lines:
            return SentEvent(raw, event)
    sent = fields_of(raw)
    unknown = [name for name in sent if name not in WireEvent.__struct_fields__]
    if event.lines and not has_too_many(event):
        for line in _LINES.decode(sent["lines"]):
            names = fields_of(line)
            unknown += [f"lines.{name}" for name in names if name not in WireLine.__struct_fields__]
    return SentEvent(raw, event, unknown=tuple(dict.fromkeys(unknown[:_MOST_UNKNOWN])))


def ids_in(events: Iterable[SentEvent]) -> tuple[set[ProductId], set[CategoryId]]:
    products: set[ProductId] = set()
    categories: set[CategoryId] = set()
    for event in events:
        if event.fields is not None and not has_too_many(event.fields):
            products |= product_ids_in(event.fields)
            if event.fields.category_id not in (None, ""):
                categories.add(CategoryId(str(event.fields.category_id)))
    return products, categories
