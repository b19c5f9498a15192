"""`GET /v1/profiles/{session_id}`: the same bytes for everybody who asks, 304 where unchanged."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from api.profiles.passing_profiles import passing_profile
from api.profiles.profile_answer import profile_response
from api.profiles.profile_reader import FIRST_VERSION, FoundProfile
from api.sessions.session_auth import Speaker, session_id_in
from api.sessions.session_cookies import token_headers
from api.sessions.session_tokens import IssuedToken
from api.state import ApiState, state_of
from api.tracking.passing import reason_to_pass
from api.tracking.request_events import hints_of
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import SessionId
from personalization.telemetry.metrics import PROFILES_SERVED
from personalization.tracking.client_hints import ClientHints


async def profile(request: Request) -> Response:
    """Return the session's profile; before its first event one made from the region's priors."""
    state = state_of(request.scope)
    session_id = session_id_in(request.path_params["session_id"])
    query = request.query_params
    hints = hints_of(request.headers, query.get("region"), query.get("device"))
    if reason_to_pass(request) is not None and not _speaks_for(state, request, session_id):
        # Nobody will come back for this one: nothing is claimed, made or kept.
        return _response(request, await passing_profile(state.reader, session_id, hints))
    found, _ = await admitted_profile(state, request, session_id, hints)
    PROFILES_SERVED.labels(found.source.value).inc()
    response = _response(request, found)
    response.headers.update(request.state.token_headers)
    return response


def _speaks_for(state: ApiState, request: Request, session_id: SessionId) -> bool:
    return state.auth.read_token(request.headers).session_id == session_id


async def admitted_profile(
    state: ApiState,
    request: Request,
    session_id: SessionId,
    hints: ClientHints,
    seen_version: int = FIRST_VERSION,
) -> tuple[FoundProfile, Speaker]:
    """Return the profile for whom it is; only priors while nobody holds the session.

    The token to hand out is left in the request's state, so that a failure's answer has it too.
    """
    request.state.token_headers = {}
    try:
        admission = await state.auth.admit(request.headers, session_id)
    except StoreUnavailableError:
        # Who holds the session is unknown: priors tell nothing of it.
        shown = _speaks_for(state, request, session_id)
        make = state.reader.last_from_priors if shown else state.reader.make_from_priors
        speaker = state.auth.speaker_before_claims(request.headers, session_id)
        return await make(session_id, hints), speaker
    request.state.token_headers = handed_tokens(state, request, session_id, admission.issued)
    speaker = admission.speaker
    if await state.consents.refusing(session_id):
        hints = replace(hints, is_refused=True)
    first = speaker.is_provisional
    found = await state.reader.current(session_id, hints, seen_version, first_contact=first)
    if first and found.profile.version > FIRST_VERSION:
        # The session has begun: a claim comes before all that is made of events.
        speaker = await state.auth.look_again(speaker)
    return found, speaker


def handed_tokens(
    state: ApiState, request: Request, session_id: SessionId, issued: IssuedToken | None
) -> dict[str, str]:
    """Return the headers by which a reader gets a token."""
    headers = token_headers(issued, request, state.services.settings.allowed_origins)
    cookie = state.auth.read_cookie(request.headers)
    if cookie is not None and cookie.session_id != session_id:
        # Reading a profile is no reason to leave the visit that the browser is in.
        headers.pop("set-cookie", None)
    return headers


def _response(request: Request, found: FoundProfile) -> Response:
    return profile_response(found, request.headers.get("if-none-match", ""))
