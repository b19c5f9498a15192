"""`GET /v1/profiles/{session_id}`: the same bytes for everybody who asks, 304 where unchanged."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.profiles.passing_profiles import passing_profile
from api.profiles.profile_reader import FIRST_VERSION, FoundProfile, ProfileSource
from api.sessions.session_auth import session_id_in, token_headers
from api.sessions.session_tokens import IssuedToken
from api.state import ApiState, state_of
from api.tracking.passing import reason_to_pass
from api.tracking.request_events import hints_of
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import SessionId
from personalization.telemetry.metrics import PROFILES_SERVED
from personalization.tracking.client_hints import ClientHints

SOURCE_HEADER: Final = "x-profile-source"
_STALE: Final = '110 - "The profile store does not answer: this is the last profile known"'


async def profile(request: Request) -> Response:
    """Return the session's profile; a new session's is made from the priors of its region."""
    state = state_of(request.scope)
    session_id = session_id_in(request.path_params["session_id"])
    query = request.query_params
    hints = hints_of(request.headers, query.get("region"), query.get("device"))
    if reason_to_pass(request) is not None and not _speaks_for(state, request, session_id):
        # Nobody will come back for this one: nothing is claimed, made or kept.
        return _response(request, await passing_profile(state.reader, session_id, hints))
    found, issued = await admitted_profile(state, request, session_id, hints)
    PROFILES_SERVED.labels(found.source.value).inc()
    response = _response(request, found)
    for name, value in token_headers(issued, secure=request.url.scheme == "https"):
        response.headers.append(name, value)
    return response


def _speaks_for(state: ApiState, request: Request, session_id: SessionId) -> bool:
    return state.auth.read_token(request.headers).session_id == session_id


async def admitted_profile(
    state: ApiState,
    request: Request,
    session_id: SessionId,
    hints: ClientHints,
    seen_version: int = FIRST_VERSION,
) -> tuple[FoundProfile, IssuedToken | None]:
    """Return the profile, with a token on first contact; only priors while claims are unknown."""
    try:
        issued = await state.auth.admit(request.headers, session_id)
    except StoreUnavailableError:
        return await state.reader.make_from_priors(session_id, hints), None
    # The id is claimed now: also an answer that something failed has to bring the token.
    secure, first = request.url.scheme == "https", issued is not None
    request.state.token_headers = dict(token_headers(issued, secure=secure))
    found = await state.reader.current(session_id, hints, seen_version, first_contact=first)
    return found, issued


def _response(request: Request, found: FoundProfile) -> Response:
    headers = {
        "etag": found.profile.etag,
        "cache-control": "private, no-cache",
        SOURCE_HEADER: found.source.value,
    }
    if found.source is ProfileSource.CACHE:
        headers["warning"] = _STALE
    if found.profile.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(found.profile.body, headers=headers, media_type="application/json")
