"""Events whose JSON has another type than it should: numbers as text, and lines that are none.

A line costs itself: what it says that cannot be read becomes what its checks refuse by name.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, TypeVar

import msgspec

from personalization.tracking.sent_lines import MAXIMUM_PRODUCTS
from personalization.tracking.wire_event import WireEvent, WireId, WireLine

_T = TypeVar("_T")
_Decoder = msgspec.json.Decoder[Any]


def _decoders(of: type[msgspec.Struct]) -> Mapping[str, _Decoder]:
    """Return a decoder a field; that of an id takes no 7.0, which was no id where it came from."""
    return {
        field.name: msgspec.json.Decoder(field.type, strict=field.name.endswith("_id"))
        for field in msgspec.structs.fields(of)
    }


_MOST: Final = MAXIMUM_PRODUCTS + 1
"""Lines that are looked at: with one more than an event takes it is refused."""
_ID: Final[msgspec.json.Decoder[WireId]] = msgspec.json.Decoder(WireId)
_FIELDS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LINE: Final = _decoders(WireLine)
_EVENT: Final[Mapping[str, _Decoder]] = {
    **_decoders(WireEvent),
    "product_ids": msgspec.json.Decoder(list[msgspec.Raw] | None),
    "lines": msgspec.json.Decoder(list[msgspec.Raw] | None),
}
_REFUSED: Final[Mapping[str, Any]] = {
    "product_id": "",
    "quantity": 0,
    "unit_price": Decimal("NaN"),
    "currency": "?",
}


def read_loosely(raw: bytes) -> WireEvent:
    """Return the event; raises `msgspec.ValidationError` for what costs it."""
    sent = _FIELDS.decode(raw)
    read: dict[str, Any] = {name: _field(name, sent[name]) for name in _EVENT if name in sent}
    if read.get("product_ids"):
        read["product_ids"] = [_read(_ID, each, "") for each in read["product_ids"][:_MOST]]
    if read.get("lines"):
        read["lines"] = [_line(line) for line in read["lines"][:_MOST]]
    return WireEvent(**read)


def fields_of(raw: bytes | msgspec.Raw) -> dict[str, msgspec.Raw]:
    """Return the fields of an object; none of what is no object."""
    return _read(_FIELDS, raw, {})


def _field(name: str, raw: msgspec.Raw) -> Any:  # noqa: ANN401 (of the field's own type)
    try:
        return _EVENT[name].decode(raw)
    except msgspec.ValidationError as error:
        fault, _, place = str(error).partition(" - at `$")
        raise msgspec.ValidationError(f"{fault} - at `$.{name}{place or '`'}") from error


def _line(raw: msgspec.Raw) -> WireLine:
    sent = {"product_id": msgspec.Raw(b'""'), **fields_of(raw)}
    return WireLine(
        **{
            name: _read(decoder, sent[name], _REFUSED[name])
            for name, decoder in _LINE.items()
            if name in sent
        }
    )


def _read(decoder: msgspec.json.Decoder[_T], raw: bytes | msgspec.Raw, otherwise: _T) -> _T:
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError:
        return otherwise
