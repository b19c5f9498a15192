from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.edge.refusals import (
    ADDRESS_BUSY,
    BODY_FRAMING,
    BODY_TOO_SLOW,
    HEADERS_TOO_LARGE,
    HEADERS_TOO_SLOW,
    LINE_TOO_LONG,
    MALFORMED,
    NO_WEBSOCKETS,
    SERVER_BUSY,
    TOO_MANY_BODIES,
    TOO_MANY_PIPELINED,
)
from api.errors import (
    BATCH_TOO_LARGE,
    BODY_BUSY,
    BODY_TOO_LARGE,
    FOREIGN_ORIGIN,
    INTERNAL,
    KINDS,
    MALFORMED_BODY,
    MALFORMED_JSON,
    MEDIA_TYPE,
    NOT_FOUND,
    OVERLOADED,
    STREAMS_OF_ADDRESS,
    STREAMS_OF_ALL,
    STREAMS_OF_SESSION,
    TOKEN_FOREIGN,
    TOKEN_MISSING,
    UNKNOWN_ENCODING,
    UNKNOWN_HOST,
    WRONG_SHAPE,
    Kind,
)
from api.keys.key_document import (
    LIMIT_HEADERS,
    SECURITY_SCHEMES,
    SESSION_SCHEMES,
    needs_by_operation,
    sentence_of,
    with_key,
)
from api.keys.key_problems import OF_KEYS
from api.keys.route_needs import PUBLIC, Need
from api.schemas.all_shapes import SHAPES
from api.schemas.problem import Problem
from api.schemas.profile import ServedProfile
from api.schemas.track import TrackAnswer, TrackBatch
from personalization.domain.errors import (
    NoActiveGenerationError,
    StoreFullError,
    StoreUnavailableError,
)
from personalization.tracking.wire_event import WireEvent

REFERENCE: Final = "#/components/schemas/{name}"

Json = dict[str, Any]
"""A JSON object of the OpenAPI document."""
Answers = dict[int | str, Json]
"""By status."""


def component_schemas() -> Json:
    _, components = msgspec.json.schema_components(SHAPES, ref_template=REFERENCE)
    return dict(components)


def json_of(
    shape: type, description: str, media_type: str = "application/json", example: object = None
) -> Json:
    content: Json = {"schema": {"$ref": reference(shape)}}
    if example is not None:
        content["example"] = example
    return {"description": description, "content": {media_type: content}}


def reference(shape: type) -> str:
    return REFERENCE.format(name=shape.__name__)


EVERYWHERE: Final[tuple[Kind, ...]] = (
    MALFORMED, NO_WEBSOCKETS, TOO_MANY_PIPELINED, HEADERS_TOO_SLOW, UNKNOWN_HOST, LINE_TOO_LONG,
    HEADERS_TOO_LARGE, ADDRESS_BUSY, INTERNAL, SERVER_BUSY, KINDS[StoreUnavailableError],
)  # fmt: skip
"""Any request may be answered so, mostly by the server before there is a route."""


def problems(*kinds: Kind) -> Answers:
    """Return the answers for these kinds of problem; those of one status share one answer."""
    answers: Answers = {}
    for kind in kinds:
        _add(answers, kind)
    return answers


def merge_answers(*parts: Mapping[int | str, Json]) -> Answers:
    """Return all answers; where a status occurs twice, it has the media types of both."""
    merged: Answers = {}
    for part in parts:
        for status, answer in part.items():
            known = merged.setdefault(int(status), {"description": ""})
            said = (known["description"], answer["description"])
            known["description"] = " ".join(text for text in said if text)
            for name in ("content", "headers"):
                if name in answer:
                    known[name] = {**known.get(name, {}), **answer[name]}
    return merged


def _add(answers: Answers, kind: Kind) -> None:
    answer = json_of(Problem, f"{kind.title} (`{kind.slug}`).", MEDIA_TYPE)
    headers = {name: _header(f"Always {value}.") for name, value in kind.headers}
    if kind.retry:
        headers["retry-after"] = _header("Seconds after which the same may succeed.", "integer")
    if kind.status == TOKEN_MISSING.status:
        headers["www-authenticate"] = _header("Bearer.")
    if headers:
        answer["headers"] = headers
    answers.update(merge_answers(answers, {kind.status: answer}))


def _header(description: str, kind: str = "string") -> Json:
    return {"description": description, "schema": {"type": kind}}


NEEDS_TOKEN: Final = problems(TOKEN_MISSING, TOKEN_FOREIGN)
WRONG_REQUEST: Final = problems(WRONG_SHAPE)
ONLY_WITH_TOKEN: Final[Json] = {"security": [{"sessionToken": []}, {"sessionCookie": []}]}
"""More of the operation, for routes that answer nobody without a token."""

_SESSION: Final[Json] = {
    "name": "session_id",
    "in": "path",
    "required": True,
    "description": "UUID made by the client; it lives 48 hours.",
    "schema": {"type": "string", "format": "uuid"},
}
_REGION: Final[Json] = {
    "name": "region",
    "in": "query",
    "description": "Country code of a new visitor; read from Accept-Language where absent.",
    "schema": {"type": "string"},
}
OF_REGION: Final[Json] = {"parameters": [_REGION]}
"""More of the operation, for lists that rules hide products from by region."""
_DEVICE: Final[Json] = {
    "name": "device",
    "in": "query",
    "description": "Device of a new visitor: mobile, tablet, desktop or unknown; read from "
    "User-Agent where it is absent or another.",
    "schema": {"type": "string"},
}
_SECRET: Final[Json] = {
    "name": "X-Session-Secret",
    "in": "header",
    "description": "Made at random by the client for its session: for whom it may be claimed.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._~-]{22,128}$"},
}
_DECISION: Final[Json] = {
    "name": "X-Decision-Token",
    "in": "header",
    "description": "Of the profile that the events follow from; also `decision_token` in the body.",
    "schema": {"type": "string"},
}
_USER: Final[Json] = {
    "name": "X-User-Token",
    "in": "header",
    "description": "Vouches for the `user_id` of events; also `user_token` in the body.",
    "schema": {"type": "string"},
}
_TOKEN: Final[list[Json]] = [{"sessionToken": []}, {"sessionCookie": []}, {}]
OF_VISITORS: Final[Json] = {"security": _TOKEN, "parameters": [_SECRET]}
"""More of the operation, for calls that name their session in the body."""
_WITH_TOKEN: Final[Json] = {
    "x-session-token": _header("The token, on first contact."),
    "set-cookie": _header("The same as a cookie, on first contact."),
}
_NO_PRIORS: Final = KINDS[NoActiveGenerationError]
_PROFILE_HEADERS: Final[Json] = {
    "etag": _header("The version; send it as If-None-Match."),
    "cache-control": _header("Only the browser itself may keep it, and asks again."),
    "x-profile-source": _header("Where it came from."),
    "warning": _header("That it is the last one known, where the store is away."),
    **_WITH_TOKEN,
}


def complete_openapi(app: FastAPI, plain_paths: Json | None = None) -> Json:
    """Return the document, made once, with further routes that FastAPI knows nothing of."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            openapi_version="3.1.0",
            summary=app.summary,
            routes=app.routes,
        )
        components = document.setdefault("components", {})
        components.setdefault("schemas", {}).update(component_schemas())
        components["securitySchemes"] = {**SESSION_SCHEMES, **SECURITY_SCHEMES}
        for path, operations in (*_plain_paths().items(), *(plain_paths or {}).items()):
            document["paths"].setdefault(path, {}).update(operations)
        needs = needs_by_operation()
        for path, method, operation in _operations(document):
            if (method, path) in needs:
                _add_need(operation, needs[method, path])
            _complete(operation)
        app.openapi_schema = document
    return app.openapi_schema


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield path, method, operation


def _add_need(operation: Json, need: Need) -> None:
    """Say which key the operation needs, and what it may answer of keys."""
    operation["security"] = with_key(operation.get("security"), need)
    said = (operation.get("description", ""), sentence_of(need))
    operation["description"] = " ".join(text for text in said if text)
    if need is PUBLIC:
        return
    operation["responses"] = merge_answers(operation["responses"], problems(*OF_KEYS))
    told = {name: _header(description) for name, description in LIMIT_HEADERS.items()}
    for answer in operation["responses"].values():
        answer["headers"] = {**answer.get("headers", {}), **told}


def _complete(operation: Json) -> None:
    """Add what any request may be answered with, and take null out of parameters."""
    answers = merge_answers(operation["responses"], problems(*EVERYWHERE))
    operation["responses"] = {str(status): answers[status] for status in sorted(answers)}
    for parameter in operation.get("parameters", ()):
        shapes = parameter["schema"].pop("anyOf", [])
        # An address can leave a parameter out, but not say null.
        parameter["schema"].update(*(shape for shape in shapes if shape != {"type": "null"}))


def _plain_paths() -> Json:
    return {
        "/v1/track": {"post": _track()},
        "/v1/profiles/{session_id}": {"get": _profile()},
        "/v1/profiles/{session_id}/stream": {"get": _stream()},
    }


def _track() -> Json:
    shapes: list[Any] = [
        {"$ref": reference(TrackBatch)},
        {"type": "array", "items": {"$ref": reference(WireEvent)}},
        {"$ref": reference(WireEvent)},
    ]
    return {
        "tags": ["events"],
        "operationId": "track",
        "summary": "Take a batch of events.",
        "description": "Each event gets its verdict; one bad event never fails its batch. The "
        "body may be packed with gzip or deflate, and be text/plain, as beacons are.",
        "security": _TOKEN,
        "parameters": [_SECRET, _DECISION, _USER],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"anyOf": shapes}}},
        },
        "responses": merge_answers(
            {202: _answer("At least one event was accepted; the log holds them.")},
            {200: _answer("There was nothing new, or nothing that counts.")},
            {422: json_of(TrackAnswer, "Every event was rejected.")},
            {403: json_of(TrackAnswer, "Every event is of another session.")},
            problems(
                MALFORMED_JSON,
                MALFORMED_BODY,
                BODY_FRAMING,
                BODY_TOO_SLOW,
                BODY_TOO_LARGE,
                BATCH_TOO_LARGE,
                UNKNOWN_ENCODING,
                TOO_MANY_BODIES,
                BODY_BUSY,
                OVERLOADED,
                WRONG_SHAPE,
                FOREIGN_ORIGIN,
                KINDS[StoreFullError],
            ),
            NEEDS_TOKEN,
        ),
    }


def _answer(description: str) -> Json:
    return {**json_of(TrackAnswer, description), "headers": _WITH_TOKEN}


def _profile() -> Json:
    return {
        "tags": ["profiles"],
        "operationId": "profile",
        "summary": "Return the session's profile.",
        "description": "A new session's is made from the priors of its region and season.",
        "security": _TOKEN,
        "parameters": [_SESSION, _SECRET, _REGION, _DEVICE],
        "responses": merge_answers(
            {200: {**json_of(ServedProfile, "The profile."), "headers": _PROFILE_HEADERS}},
            {304: {"description": "It has not changed.", "headers": _PROFILE_HEADERS}},
            problems(NOT_FOUND, FOREIGN_ORIGIN, WRONG_SHAPE, _NO_PRIORS),
            NEEDS_TOKEN,
        ),
    }


_EVENT: Final[Json] = {
    "type": "object",
    "description": "Of each event.",
    "properties": {
        "id": {"type": "string", "description": "The profile's version."},
        "event": {"const": "profile"},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
}


def _stream() -> Json:
    last = {
        "name": "Last-Event-ID",
        "in": "header",
        "description": "The last version seen; only newer ones are sent.",
        "schema": {"type": "string"},
    }
    return {
        "tags": ["profiles"],
        "operationId": "stream",
        "summary": "Send the profile now and whenever it changes.",
        "description": "`id` is the version, `event` is profile, `data` the profile.",
        "security": _TOKEN,
        "parameters": [_SESSION, _SECRET, _REGION, _DEVICE, last],
        "responses": merge_answers(
            {
                200: {
                    "description": "Profiles as they change, until the stream asks to reconnect.",
                    "content": {"text/event-stream": {"schema": _EVENT}},
                    "headers": _WITH_TOKEN,
                }
            },
            problems(
                NOT_FOUND,
                FOREIGN_ORIGIN,
                WRONG_SHAPE,
                STREAMS_OF_SESSION,
                STREAMS_OF_ADDRESS,
                STREAMS_OF_ALL,
                _NO_PRIORS,
            ),
            NEEDS_TOKEN,
        ),
    }
