"""Between dataclasses and JSON: what is not said is left out, what is unknown is passed over."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

import msgspec
from msgspec import UNSET


def to_json(value: object) -> bytes:
    return msgspec.json.encode(to_wire(value))


def to_wire(value: object) -> object:
    """Return plain values; None is left out where that is what a field has by itself.

    A field that is `UNSET` by itself sends None as null: that takes a value away.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return _fields_of(value)
    if isinstance(value, list | tuple):
        return [to_wire(part) for part in value]
    if isinstance(value, Mapping):
        return {name: to_wire(part) for name, part in value.items()}
    return value


def _fields_of(value: Any) -> dict[str, object]:  # noqa: ANN401 - any dataclass
    sent: dict[str, object] = {}
    for field in fields(value):
        held = getattr(value, field.name)
        is_unsaid = held is UNSET or (held is None and field.default in {None, MISSING})
        if not is_unsaid:
            sent[field.name] = to_wire(held)
    return sent
