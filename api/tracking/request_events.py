"""Takes a request body apart into events, so that one bad event never fails its batch."""

import re
from codecs import BOM_UTF8
from collections.abc import Container
from dataclasses import replace
from itertools import islice
from typing import Any, Final

import msgspec
from starlette.datastructures import Headers

from api.errors import BATCH_TOO_LARGE, MALFORMED_JSON, WRONG_SHAPE, ProblemError
from api.schemas.problem import ProblemField
from api.tracking.batch_frame import set_aside_unreadable
from personalization.domain.event import Device
from personalization.domain.region import parse_region
from personalization.tracking.client_hints import ClientHints, device_of, region_of
from personalization.tracking.event_warning import MOST_NAMES
from personalization.tracking.loose_event import fields_of
from personalization.tracking.nesting import is_too_deep
from personalization.tracking.sent_event import TOO_DEEP, SentEvent, sent_event


def hints_of(headers: Headers, region: str | None = None, device: str | None = None) -> ClientHints:
    """Return what the client stated, where it makes sense, and else what the headers say."""
    stated = parse_region(region) if region else None
    known = device if device in set(Device) else None
    return ClientHints(
        region=stated or region_of(headers.get("accept-language", "")),
        device=Device(known) if known else device_of(headers.get("user-agent", "")),
    )


TOKEN_HEADER: Final = "x-decision-token"  # noqa: S105 - the name of the header


USER_HEADER: Final = "x-user-token"


class Envelope(msgspec.Struct, frozen=True):
    """What a body says for all of its events.

    Only `events` has a type here: another field that is wrong must not cost the events.
    """

    events: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET
    sent_at: Any = None
    """The moment of sending by the sender's clock, as in `WireEvent`."""
    session_secret: Any = None
    """What proves the sender to be who began the session."""
    consent: Any = None
    """What the shopper agrees to, as in `WireEvent`."""
    decision_token: Any = None
    """Of the profile that the events follow from; a list of them where two pages share a queue."""
    user_token: Any = None
    """What vouches for the user that the events name."""


_ENVELOPE: Final = msgspec.json.Decoder(Envelope)
_RAW_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_BYTE: Final = re.compile(r"\(byte (\d+)\)")


def envelope_in(body: bytes) -> Envelope:
    """Return what stands beside the events; nothing for a list of events, or for no JSON."""
    try:
        return _ENVELOPE.decode(body.removeprefix(BOM_UTF8))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return Envelope()


def decision_tokens(headers: Headers, envelope: Envelope) -> list[str]:
    """Return the tokens sent along; what is none is left out, since it must not cost the events."""
    sent = envelope.decision_token
    tokens = sent if isinstance(sent, list) else [sent]
    return [token for token in (headers.get(TOKEN_HEADER), *tokens) if isinstance(token, str)]


def user_token(headers: Headers, envelope: Envelope) -> str:
    """Return the user token sent along, empty where there is none."""
    sent = envelope.user_token or headers.get(USER_HEADER) or ""
    return sent if isinstance(sent, str) else "?"


def events_in(body: bytes, maximum_batch: int) -> list[SentEvent]:
    """Return the events of `{"events": [...]}`, of a bare list, or a single event object.

    An event that is not even JSON is one of them, as long as it is told from its neighbours and
    one of those can be read. Raises `ProblemError` for malformed JSON (with the position),
    another shape, an empty batch, or one above the limit.
    """
    body = body.removeprefix(BOM_UTF8)
    fault: tuple[str, int] | None = None
    try:
        parts = _parts(body)
    except msgspec.ValidationError as error:
        raise _wrong_shape(str(error)) from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        fault = _fault(error, body)
        parts = _sound_parts(body)
        if not parts:
            raise _malformed_json(*fault) from error
    _check_size(len(parts), maximum_batch)
    # The body of a single event is its envelope as well.
    events = [_without(sent_event(part), Envelope.__struct_fields__) for part in parts]
    if fault is None:
        _look_beside(body, events)
    if not any(event.readable for event in events):
        raise _malformed_json(*(fault or (events[0].fault, _first_bad_byte(body))))
    return events


def _parts(body: bytes) -> list[bytes]:
    if body.lstrip()[:1] == b"[":
        return [bytes(part) for part in _RAW_LIST.decode(body)]
    events = _ENVELOPE.decode(body).events
    return [body] if isinstance(events, msgspec.UnsetType) else [bytes(part) for part in events]


def _sound_parts(body: bytes) -> list[bytes]:
    """Return the parts of a batch in which some are not JSON; none if it cannot be told apart."""
    framed = set_aside_unreadable(body)
    if framed is None:
        return []
    try:
        parts = _parts(framed.body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return []
    for index, unreadable in framed.unreadable.items():
        parts[index] = unreadable
    return parts


def _fault(error: Exception, body: bytes) -> tuple[str, int]:
    """Return what is wrong with the body, and at which byte."""
    if isinstance(error, RecursionError):
        return TOO_DEEP, 0
    if isinstance(error, UnicodeDecodeError):
        return "The text is not UTF-8", _first_bad_byte(body)
    found = _BYTE.search(str(error))
    position = int(found.group(1)) if found else len(body)
    return _BYTE.sub("", str(error)).strip(), position


def _without(event: SentEvent, fields: Container[str]) -> SentEvent:
    """Return the event without saying of fields that it does not know them."""
    if not event.unknown:
        return event
    return replace(event, unknown=tuple(name for name in event.unknown if name not in fields))


def _look_beside(body: bytes, events: list[SentEvent]) -> None:
    """Let the first event name what stands beside the events and is no field of a batch."""
    try:
        beside = fields_of(body)
    except (msgspec.DecodeError, UnicodeDecodeError):  # A name that is no text.
        return
    if "events" not in beside:
        return
    if any(is_too_deep(bytes(sent)) for name, sent in beside.items() if name != "events"):
        raise _malformed_json(TOO_DEEP, 0)
    names = [name for name in islice(beside, MOST_NAMES) if name not in Envelope.__struct_fields__]
    if names:
        unknown = (f"batch.{name}" for name in names)
        events[0] = replace(events[0], unknown=(*events[0].unknown, *unknown))


def _check_size(size: int, maximum_batch: int) -> None:
    if size == 0:
        raise _wrong_shape("The batch is empty")
    if size > maximum_batch:
        raise ProblemError(
            BATCH_TOO_LARGE,
            f"The batch holds {size} events; {maximum_batch} are allowed: send several batches.",
        )


def _wrong_shape(fault: str) -> ProblemError:
    advice = 'send {"events": [...]}, a list of events, or one event object.'
    return ProblemError(WRONG_SHAPE, f"{fault}: {advice}", (ProblemField("", fault),))


def _malformed_json(fault: str, position: int) -> ProblemError:
    return ProblemError(
        MALFORMED_JSON,
        f"{fault}, at byte {position}: nothing of this body was taken.",
        (ProblemField("", f"byte {position}"),),
    )


def _first_bad_byte(body: bytes) -> int:
    try:
        body.decode()
    except UnicodeDecodeError as error:
        return error.start
    return 0
