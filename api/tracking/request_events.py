"""Takes a request body apart into events, so that one bad event never fails its batch."""

import re
from typing import Final

import msgspec
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from api.errors import BATCH_TOO_LARGE, BODY_TOO_LARGE, MALFORMED_JSON, WRONG_SHAPE, ProblemError
from api.schemas.problem import ProblemField
from personalization.domain.event import Device
from personalization.domain.identifiers import Region
from personalization.tracking.client_hints import REGION, ClientHints, device_of, region_of
from personalization.tracking.validation import SentEvent, sent_event

_DIGITS: Final = 18


async def read_body(headers: Headers, receive: Receive, limit_bytes: int) -> bytes:
    """Raise `ProblemError` above the limit and `ClientDisconnect` if the sender went away."""
    declared = headers.get("content-length", "0")
    # By length first: `int` itself refuses thousands of digits.
    if (
        declared.isascii()
        and declared.isdigit()
        and (len(declared) > _DIGITS or int(declared) > limit_bytes)
    ):
        raise _too_large(limit_bytes)
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit_bytes:
            raise _too_large(limit_bytes)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large(limit_bytes: int) -> ProblemError:
    return ProblemError(
        BODY_TOO_LARGE, f"A body may hold {limit_bytes} bytes: send the events in smaller batches."
    )


def hints_of(headers: Headers, region: str | None = None, device: str | None = None) -> ClientHints:
    """Return what the client stated, where it makes sense, and else what the headers say."""
    stated = region.lower() if region and REGION.fullmatch(region.lower()) else None
    known = device if device in set(Device) else None
    return ClientHints(
        region=Region(stated) if stated else region_of(headers.get("accept-language", "")),
        device=Device(known) if known else device_of(headers.get("user-agent", "")),
    )


class _Envelope(msgspec.Struct, frozen=True):
    events: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET


_ENVELOPE: Final = msgspec.json.Decoder(_Envelope)
_RAW_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_BYTE: Final = re.compile(r"\(byte (\d+)\)")


def events_in(body: bytes, maximum_batch: int) -> list[SentEvent]:
    """Return the events of `{"events": [...]}`, of a bare list, or a single event object.

    Raises `ProblemError` for malformed JSON (with the position), another shape, an empty
    batch, or one above the limit.
    """
    try:
        parts = _parts(body)
        _check_size(len(parts), maximum_batch)
        return [sent_event(bytes(part)) for part in parts]
    except (msgspec.ValidationError, TypeError) as error:
        raise _wrong_shape(str(error)) from error
    except RecursionError as error:
        raise _malformed_json("The JSON is nested too deeply", 0) from error
    except UnicodeDecodeError as error:
        raise _malformed_json("The text is not UTF-8", _first_bad_byte(body)) from error
    except msgspec.DecodeError as error:
        found = _BYTE.search(str(error))
        position = int(found.group(1)) if found else len(body)
        raise _malformed_json(_BYTE.sub("", str(error)).strip(), position) from error


def _parts(body: bytes) -> list[msgspec.Raw]:
    if body.lstrip()[:1] == b"[":
        return _RAW_LIST.decode(body)
    events = _ENVELOPE.decode(body).events
    return [msgspec.Raw(body)] if isinstance(events, msgspec.UnsetType) else events


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
