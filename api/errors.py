"""The one table from errors to HTTP, and how a problem is answered."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

import msgspec
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.schemas.problem import Problem, ProblemField
from personalization.domain.errors import (
    ChangedMeanwhileError,
    DamagedBackupError,
    DamagedSnapshotError,
    DecisionTokenError,
    FeedUnavailableError,
    GenerationRejectedError,
    GoneDecisionError,
    ImportRejectedError,
    InvalidCursorError,
    InvalidEventError,
    InvalidExperimentError,
    InvalidFilterError,
    InvalidKeyError,
    InvalidPolicyError,
    InvalidRowError,
    InvalidRuleError,
    InvalidRunDateError,
    InvalidTuningError,
    KeyRightsError,
    NoActiveGenerationError,
    NoKeysError,
    NothingToCountError,
    PersonalizationError,
    PrivacyKeyError,
    RefusedBackupError,
    RefusedSnapshotError,
    SealedValueError,
    SessionTokenError,
    StoreFullError,
    StoreUnavailableError,
    SupersededError,
    UnknownExperimentError,
    UnknownKeyError,
    UnknownNameError,
    UnknownProductError,
    UnknownRuleError,
    UnreadCatalogueError,
    UnrecordedChangeError,
    UserTokenError,
)

RETRY_AFTER_SECONDS: Final = 2
MEDIA_TYPE: Final = "application/problem+json"


class Kind(msgspec.Struct, frozen=True):
    slug: str
    title: str
    status: int
    retry: bool = False
    """Whether the same request may succeed a little later."""
    headers: tuple[tuple[str, str], ...] = ()
    """Headers that every such answer has."""


MALFORMED_JSON: Final = Kind("malformed-json", "The body is not valid JSON", 400)
BODY_TOO_LARGE: Final = Kind("body-too-large", "The body is too large", 413)
BATCH_TOO_LARGE: Final = Kind("batch-too-large", "The batch holds too many events", 413)
MALFORMED_BODY: Final = Kind("malformed-body", "The body cannot be unpacked", 400)
UNKNOWN_ENCODING: Final = Kind(
    "unknown-encoding",
    "The body is packed in an unknown way",
    415,
    headers=(("accept-encoding", "gzip, deflate"),),
)
UNKNOWN_MEDIA_TYPE: Final = Kind(
    "unknown-media-type",
    "The body is of an unknown type",
    415,
    headers=(("accept", "application/json, application/x-ndjson"),),
)
BUSY_WRITES: Final = Kind("busy-writes", "Too many large writes are under way", 503, retry=True)
CATEGORY_IN_USE: Final = Kind("category-in-use", "The category is in use", 409)
WRONG_SHAPE: Final = Kind("wrong-shape", "The request has the wrong shape", 422)
NOT_FOUND: Final = Kind("not-found", "There is no such thing here", 404)
TOKEN_MISSING: Final = Kind("session-token", "A session token is needed", 401)
TOKEN_FOREIGN: Final = Kind("foreign-session", "The token belongs to another session", 403)
FOREIGN_ORIGIN: Final = Kind("foreign-origin", "Another site's page may not send this", 403)
UNKNOWN_HOST: Final = Kind("unknown-host", "This server does not answer for that host", 421)
OVERLOADED: Final = Kind("overloaded", "Too many events are waiting", 503, retry=True)
BODY_BUSY: Final = Kind("busy-bodies", "Too many bodies are under way", 503, retry=True)
STREAMS_OF_SESSION: Final = Kind(
    "too-many-streams", "The session has too many streams", 429, retry=True
)
STREAMS_OF_ADDRESS: Final = Kind(
    "too-many-streams", "This address has too many streams", 429, retry=True
)
STREAMS_OF_ALL: Final = Kind("busy-streams", "There are too many streams", 503, retry=True)
INTERNAL: Final = Kind("internal", "Something went wrong on our side", 500)

KINDS: Final[dict[type[PersonalizationError], Kind]] = {
    InvalidEventError: Kind("invalid-event", "The event can never be processed", 422),
    StoreFullError: Kind("store-full", "There is no disk space left", 507, retry=True),
    StoreUnavailableError: Kind(
        "store-unavailable", "A store does not answer now", 503, retry=True
    ),
    UnrecordedChangeError: Kind(
        "unrecorded-change", "The change was made, but the audit log does not have it", 500
    ),
    GoneDecisionError: Kind("gone-decision", "The decision cannot be made again", 404),
    InvalidRunDateError: Kind("invalid-run-date", "The run date is after today", 422),
    UnknownProductError: Kind("unknown-product", "The catalogue has no such product", 404),
    NoActiveGenerationError: Kind("no-generation", "There are no priors yet", 503, retry=True),
    NothingToCountError: Kind("nothing-to-count", "There is nothing to count yet", 409),
    UnreadCatalogueError: Kind(
        "unread-catalogue", "The catalogue is not read yet", 503, retry=True
    ),
    GenerationRejectedError: Kind("generation-rejected", "The generation was refused", 409),
    DamagedSnapshotError: Kind("damaged-snapshot", "The model snapshot is damaged", 503),
    RefusedSnapshotError: Kind("refused-snapshot", "The model snapshot was not promoted", 409),
    ChangedMeanwhileError: Kind("changed-meanwhile", "Another writer was first", 412),
    UnknownNameError: NOT_FOUND,
    UnknownRuleError: NOT_FOUND,
    UnknownExperimentError: NOT_FOUND,
    InvalidCursorError: Kind("invalid-cursor", "The cursor is none of ours", 422),
    SupersededError: Kind("superseded", "Another writer has stored a newer version", 409),
    ImportRejectedError: Kind("import-rejected", "The file cannot be imported", 422),
    FeedUnavailableError: Kind(
        "feed-unavailable", "The feed cannot be fetched now", 503, retry=True
    ),
    InvalidKeyError: Kind("invalid-key", "The key cannot be made or changed so", 422),
    UnknownKeyError: Kind("unknown-key", "There is no such key", 404),
    DamagedBackupError: Kind("damaged-backup", "The backup is damaged", 409),
    RefusedBackupError: Kind("refused-backup", "The backup is not made or restored so", 409),
    PrivacyKeyError: Kind("privacy-key", "A key of privacy is missing", 503),
    SealedValueError: Kind("sealed-value", "An encrypted value does not open", 500),
    NoKeysError: Kind("no-keys", "The server has no keys", 503),
    KeyRightsError: Kind("key-rights", "A key cannot give more than it has itself", 403),
    InvalidFilterError: Kind("invalid-filter", "The filter is not written as it should be", 422),
    InvalidExperimentError: Kind("invalid-experiment", "The experiment is contradictory", 422),
    InvalidPolicyError: Kind("invalid-policy", "The policy is not written as it should be", 422),
    InvalidRowError: Kind("invalid-row", "No answer fits what is asked for", 422),
    InvalidRuleError: Kind("invalid-rule", "The rules are not written as they should be", 422),
    InvalidTuningError: Kind("invalid-tuning", "The tuning is not written as it should be", 422),
    SessionTokenError: TOKEN_MISSING,
    UserTokenError: Kind("user-token", "Nobody vouches for the user", 401),
    DecisionTokenError: Kind("decision-token", "The decision token is not one of ours", 422),
    PersonalizationError: INTERNAL,
}
"""Domain error -> problem; the nearest class of an error's ancestry decides."""

_HTTP_KINDS: Final = {
    401: TOKEN_MISSING,
    403: TOKEN_FOREIGN,
    404: NOT_FOUND,
    405: Kind("method-not-allowed", "The path does not take this method", 405),
}


class ProblemError(Exception):
    def __init__(
        self,
        kind: Kind,
        detail: str,
        errors: tuple[ProblemField, ...] = (),
        retry_seconds: int | None = None,
    ) -> None:
        """`retry_seconds` says when the same may succeed, where that is known."""
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.errors = errors
        self.headers = {} if retry_seconds is None else {"retry-after": str(retry_seconds)}


def kind_of(error: PersonalizationError) -> Kind:
    return next(KINDS[cls] for cls in type(error).__mro__ if cls in KINDS)


def problem_response(
    path: str,
    kind: Kind,
    detail: str,
    errors: tuple[ProblemField, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    problem = Problem(
        type=f"/problems/{kind.slug}",
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=path,
        errors=list(errors),
    )
    extra = {**dict(kind.headers), **(headers or {})}
    if kind.retry:
        extra.setdefault("retry-after", str(RETRY_AFTER_SECONDS))
    if kind.status == TOKEN_MISSING.status:
        extra["www-authenticate"] = "Bearer"
    return Response(msgspec.json.encode(problem), kind.status, extra, media_type=MEDIA_TYPE)


async def _on_domain_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, PersonalizationError):
        raise error
    headers = getattr(request.state, "token_headers", None)
    return problem_response(request.url.path, kind_of(error), str(error), headers=headers)


async def _on_problem(request: Request, error: Exception) -> Response:
    if not isinstance(error, ProblemError):
        raise error
    return problem_response(request.url.path, error.kind, error.detail, error.errors, error.headers)


async def _on_http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    kind = _HTTP_KINDS.get(error.status_code, Kind("http", error.detail, error.status_code))
    # HEAD is answered as GET would be, to the number of bytes.
    method = "GET" if request.method == "HEAD" else request.method
    return problem_response(
        request.url.path,
        kind,
        f"{method} {request.url.path}: {error.detail}.",
        headers=error.headers,
    )


async def _on_wrong_shape(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    fields = tuple(
        ProblemField(".".join(str(part) for part in fault["loc"][1:]), str(fault["msg"]))
        for fault in error.errors()
    )
    detail = "; ".join(f"{field.pointer}: {field.detail}" for field in fields)
    return problem_response(request.url.path, WRONG_SHAPE, detail, fields)


async def _on_anything(request: Request, _: Exception) -> Response:
    return problem_response(
        request.url.path, INTERNAL, "The failure is in the log; the same request may work later."
    )


_Handler = Callable[[Request, Exception], Coroutine[Any, Any, Response]]

HANDLERS: Final[dict[int | type[Exception], _Handler]] = {
    PersonalizationError: _on_domain_error,
    ProblemError: _on_problem,
    HTTPException: _on_http_error,
    RequestValidationError: _on_wrong_shape,
    Exception: _on_anything,
}
"""The application's handler of each error; unforeseen ones are logged as well."""
