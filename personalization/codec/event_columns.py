"""Events as rows, one column a field; a moment is kept in microseconds, as `<field>_us`."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any, get_origin, get_type_hints

from personalization.codec.json_codec import JsonCodec
from personalization.codec.moments import from_microseconds, to_microseconds
from personalization.domain.consent import Consent, ConsentPurpose, consent_of
from personalization.domain.event import Event, PastAct

CONSENT_SEPARATOR = " "
_FIELDS = tuple(field.name for field in fields(Event))
_TYPES = get_type_hints(Event)
_VALUES = attrgetter(*_FIELDS)
_MOMENTS = [place for place, name in enumerate(_FIELDS) if _TYPES[name] is datetime]
_WORDS = [
    place
    for place, name in enumerate(_FIELDS)
    if isinstance(_TYPES[name], type) and issubclass(_TYPES[name], StrEnum)
]


_CONSENT, _PAST = _FIELDS.index("consent"), _FIELDS.index("past")
_PAST_ACTS: JsonCodec[tuple[PastAct, ...]] = JsonCodec(tuple[PastAct, ...])


def column_of(field: str) -> str:
    return f"{field}_us" if _TYPES[field] is datetime else field


COLUMNS = tuple(map(column_of, _FIELDS))
MANY_VALUED = tuple(
    name for name in _FIELDS if get_origin(_TYPES[name]) is tuple and name != "past"
)
"""Columns that hold a tuple."""


def row_of(event: Event) -> list[Any]:
    """Return the values of `COLUMNS`; those of `MANY_VALUED` are tuples."""
    row = list(_VALUES(event))
    for place in _MOMENTS:
        row[place] = to_microseconds(row[place])
    for place in _WORDS:
        row[place] = row[place].value
    row[_CONSENT] = consent_text(row[_CONSENT])
    row[_PAST] = _PAST_ACTS.encode(row[_PAST]).decode() if row[_PAST] else None
    return row


def consent_text(consent: Consent | None) -> str | None:
    """Return what a column holds of a consent: text, since stores take an empty set for none."""
    return None if consent is None else CONSENT_SEPARATOR.join(consent)


def event_of(row: Sequence[Any]) -> Event:
    """Return the event; a column of `MANY_VALUED` may hold any sequence, or None."""
    values = dict(zip(_FIELDS, row, strict=True))
    for name, decode in _DECODERS:
        values[name] = decode(values[name])
    return Event(**values)


def _decoders() -> list[tuple[str, Callable[[Any], Any]]]:
    decoders: list[tuple[str, Callable[[Any], Any]]] = [
        ("consent", _consent),
        ("past", lambda text: _PAST_ACTS.decode(text) if text else ()),
        ("attested", lambda said: None if said is None else bool(said)),
    ]
    for name in _FIELDS:
        kind = _TYPES[name]
        if kind is datetime:
            decoders.append((name, from_microseconds))
        elif name in MANY_VALUED:
            decoders.append((name, lambda members: tuple(members or ())))
        elif isinstance(kind, type) and issubclass(kind, StrEnum):
            decoders.append((name, kind))
    return decoders


def _consent(text: str | None) -> Consent | None:
    return None if text is None else consent_of(map(ConsentPurpose, text.split()))


_DECODERS = _decoders()
