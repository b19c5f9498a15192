from typing import Any, Final

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.errors import MEDIA_TYPE
from api.schemas.catalogue import CategoryList, ProductCard, ProductCards, ProductList
from api.schemas.health import Alive, Health
from api.schemas.problem import Problem
from api.schemas.profile import ServedProfile
from api.schemas.sessions import DecisionList
from api.schemas.track import TrackAnswer, TrackBatch
from personalization.explanations.explain import Explanation
from personalization.tracking.wire_event import WireEvent

REFERENCE: Final = "#/components/schemas/{name}"
SHAPES: Final = (
    Alive, CategoryList, DecisionList, Explanation, Health, Problem, ProductCard,
    ProductCards, ProductList, ServedProfile, TrackAnswer, TrackBatch, WireEvent,
)  # fmt: skip

Json = dict[str, Any]
"""A JSON object of the OpenAPI document."""


def component_schemas() -> Json:
    _, components = msgspec.json.schema_components(SHAPES, ref_template=REFERENCE)
    return dict(components)


def json_of(shape: type, description: str, media_type: str = "application/json") -> Json:
    schema = {"$ref": reference(shape)}
    return {"description": description, "content": {media_type: {"schema": schema}}}


def problem(description: str) -> Json:
    return json_of(Problem, description, MEDIA_TYPE)


def reference(shape: type) -> str:
    return REFERENCE.format(name=shape.__name__)


NEEDS_TOKEN: Final[dict[int | str, Json]] = {
    401: problem("The session's token is missing or has expired."),
    403: problem("The token belongs to another session."),
}
WRONG_REQUEST: Final[dict[int | str, Json]] = {422: problem("A parameter has the wrong shape.")}

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
_DEVICE: Final[Json] = {
    "name": "device",
    "in": "query",
    "description": "Device of a new visitor; read from User-Agent where absent.",
    "schema": {"type": "string", "enum": ["mobile", "tablet", "desktop", "unknown"]},
}
_SECRET: Final[Json] = {
    "name": "X-Session-Secret",
    "in": "header",
    "description": "Made at random by the client for its session: for whom it may be claimed.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._~-]{22,128}$"},
}
_TOKEN: Final[list[Json]] = [{"sessionToken": []}, {"sessionCookie": []}, {}]
_FAILURES: Final[Json] = {
    **{str(status): answer for status, answer in NEEDS_TOKEN.items()},
    "503": problem("A store does not answer, or there are no priors yet."),
}


def complete_openapi(app: FastAPI) -> Json:
    """Return the document, made once."""
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
        components["securitySchemes"] = _security_schemes()
        document["paths"].update(_plain_paths())
        app.openapi_schema = document
    return app.openapi_schema


def _security_schemes() -> Json:
    return {
        "sessionToken": {
            "type": "http",
            "scheme": "bearer",
            "description": "The token that the first contact of a session was answered with.",
        },
        "sessionCookie": {
            "type": "apiKey",
            "in": "cookie",
            "name": "fr_session",
            "description": "Over https it is called `__Host-fr_session`.",
        },
    }


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
        "description": "Each event gets its verdict; one bad event never fails its batch.",
        "security": _TOKEN,
        "parameters": [_SECRET],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"anyOf": shapes}}},
        },
        "responses": {
            "202": json_of(TrackAnswer, "At least one event was accepted; the log holds them."),
            "200": json_of(TrackAnswer, "There was nothing new."),
            "422": json_of(TrackAnswer, "Every event was rejected."),
            "400": problem("The body is not valid JSON."),
            "413": problem("The body or the batch is too large."),
            **_FAILURES,
            "507": problem("There is no disk space left: nothing was taken."),
        },
    }


def _profile() -> Json:
    return {
        "tags": ["profiles"],
        "operationId": "profile",
        "summary": "Return the session's profile.",
        "description": "A new session's is made from the priors of its region and season.",
        "security": _TOKEN,
        "parameters": [_SESSION, _SECRET, _REGION, _DEVICE],
        "responses": {
            "200": json_of(ServedProfile, "The profile; ETag names its version."),
            "304": {"description": "It has not changed."},
            "404": problem("The session id is no UUID."),
            **_FAILURES,
        },
    }


def _stream() -> Json:
    last = {
        "name": "Last-Event-ID",
        "in": "header",
        "description": "The last version seen; only newer ones are sent.",
        "schema": {"type": "integer"},
    }
    return {
        "tags": ["profiles"],
        "operationId": "stream",
        "summary": "Send the profile now and whenever it changes.",
        "description": "`id` is the version, `event` is profile, `data` the profile.",
        "security": _TOKEN,
        "parameters": [_SESSION, _SECRET, _REGION, _DEVICE, last],
        "responses": {
            "200": {
                "description": "Profiles as they change, until the stream asks to reconnect.",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            },
            "404": problem("The session id is no UUID."),
            **_FAILURES,
        },
    }
