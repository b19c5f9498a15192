"""A session ends before its time, and becomes a person's: logout and login."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from api.admin.json_bodies import JsonBody
from api.admin.operations import takes, with_body
from api.errors import (
    FOREIGN_ORIGIN,
    KINDS,
    NOT_FOUND,
    OVERLOADED,
    WRONG_SHAPE,
    ProblemError,
)
from api.http.json_answers import json_answer
from api.keys.callers import caller_of
from api.openapi import NEEDS_TOKEN, WRONG_REQUEST, Answers, json_of, merge_answers, problems
from api.schemas.identity import FreshSession, LoginAnswer, LoginFields
from api.sessions.session_auth import session_id_in
from api.sessions.session_cookies import forgetting_headers, token_headers
from api.sessions.session_tokens import IssuedToken
from api.state import ApiState, state_of
from api.tracking.logins import OTHER_USER, Login
from api.tracking.request_events import hints_of
from api.tracking.server_events import NO_HINTS
from personalization.domain.access.claim import Revocation
from personalization.domain.errors import StoreFullError, UserTokenError
from personalization.domain.identifiers import SessionId, ShopUserId, UserId, person_fault
from personalization.tracking.client_hints import ClientHints

router = APIRouter(prefix="/v1", tags=["sessions"])
SMALL_BYTES: Final = 8 * 1024
SessionPath = Annotated[str, Path(description="UUID of the session.")]
_ENDED: Final[Answers] = {
    204: {"description": "It has ended, here and within 2 s in every process."}
}
_CHANGES: Final = (problems(NOT_FOUND, FOREIGN_ORIGIN), NEEDS_TOKEN, WRONG_REQUEST)
_ALONE: Final = (
    "The history does not answer, so what the person did in other visits is missing: log in again "
    "later."
)
_ONE_WAY: Final = (
    "Send either `user_token`, which the shop's server asks for, or `user_id` with a secret key "
    "that has the scope `identity`."
)
_LOGGED_IN: Final = {
    "session_id": "5f0c3b1e-8f57-4f0e-9a53-0b6f9b1c2d3e",
    "user_id": "ann",
    "news": True,
    "brought_along": 12,
}
_FRESH: Final = {
    "session_id": "0b6f9b1c-2d3e-4f0e-9a53-5f0c3b1e8f57",
    "session_token": "1f0c9a7b.0b6f9b1c-2d3e-4f0e-9a53-5f0c3b1e8f57.1749038400.x2Jq0mYfXl0",
    "session_expires_at": "2025-06-04T12:00:00Z",
}


@router.delete(
    "/sessions/{session_id}",
    status_code=204,
    responses={**_ENDED, **problems(NOT_FOUND), **NEEDS_TOKEN, **WRONG_REQUEST},
)
async def end_session(request: Request, session_id: SessionPath) -> Response:
    """End a session: its tokens open it no more, its streams end, and its cookie is taken back.

    For who speaks for it, by token or secret, and for secret keys that have `identity`, too. The
    next visit begins a new session. What has ended may be ended again.
    """
    state = state_of(request.scope)
    session = session_id_in(session_id)
    await _end(state, request, session)
    return _forget(request, session, Response(status_code=204))


@router.post(
    "/sessions/{session_id}/login",
    responses=with_body(
        merge_answers(
            {200: json_of(LoginAnswer, "The visit is the user's.", example=_LOGGED_IN)},
            problems(OTHER_USER, KINDS[UserTokenError], OVERLOADED, KINDS[StoreFullError]),
            *_CHANGES,
        )
    ),
    openapi_extra=takes(LoginFields, {"user_token": "u2.k6RzaG9wo2Fubs5oPZ3A.1f0c9a7b.x2Jq0mYf"}),
)
async def log_in(
    request: Request,
    session_id: SessionPath,
    fields: Annotated[LoginFields, Depends(JsonBody(LoginFields, SMALL_BYTES))],
) -> Response:
    """Make a visit a person's, with what the person did in other visits.

    For who speaks for the session, with a user token, and for secret keys that have `identity`. A
    session has one user for good: whoever logs in after somebody else begins a new one. Logging in
    again changes nothing.
    """
    state, session = state_of(request.scope), session_id_in(session_id)
    named = _user(state, request, fields)
    user_id = await state.known_users.find(named)
    issued: IssuedToken | None = None
    if fields.user_token is None:
        await state.auth.check_claim(session)
        hints = NO_HINTS
    else:
        speaker = await state.auth.speaker_for(request.headers, session)
        issued, hints = await state.auth.claim(speaker), hints_of(request.headers)
    # Also a failure's answer has the token: the session is claimed now.
    origins = state.services.settings.allowed_origins
    request.state.token_headers = token_headers(issued, request, origins)
    login, is_news = await _take(state, session, user_id, hints)
    response = json_answer(
        LoginAnswer(
            session_id=session,
            user_id=named,
            news=is_news,
            brought_along=len(login.event.past) if is_news else 0,
            detail="" if login.is_whole else _ALONE,
            session_token=issued.text if issued else None,
            session_expires_at=issued.expires_at if issued else None,
        )
    )
    response.headers.update(request.state.token_headers)
    return response


@router.post(
    "/sessions/{session_id}/logout",
    responses=merge_answers(
        {200: json_of(FreshSession, "The old visit has ended; go on with this.", example=_FRESH)},
        problems(KINDS[StoreFullError]),
        *_CHANGES,
    ),
)
async def log_out(request: Request, session_id: SessionPath) -> Response:
    """End a session as `DELETE` does, and begin a fresh one, of nobody, for the same browser."""
    state, session = state_of(request.scope), session_id_in(session_id)
    await _end(state, request, session)
    issued = await state.auth.begin_fresh()
    fresh = FreshSession(issued.session_id, issued.text, issued.expires_at)
    response = _forget(request, session, json_answer(fresh))
    origins = state.services.settings.allowed_origins
    for name, value in token_headers(issued, request, origins).items():
        response.headers.append(name, value)
    return response


def _user(state: ApiState, request: Request, fields: LoginFields) -> ShopUserId:
    """Return who logs in; raises `UserTokenError` and `ProblemError`."""
    caller, services = caller_of(request.scope), state.services
    if (fields.user_token is None) == (fields.user_id is None):
        raise ProblemError(WRONG_SHAPE, _ONE_WAY)
    if fields.user_token is not None:
        return services.user_tokens.read(fields.user_token, caller.shop, services.clock.now())
    if not caller.names_users:
        raise UserTokenError(f"A page alone cannot say who somebody is. {_ONE_WAY}")
    named = fields.user_id or ""
    fault = person_fault(named)
    if fault is not None:
        raise ProblemError(WRONG_SHAPE, f"`user_id` {fault}: send the shop's own id.")
    return ShopUserId(named)


async def _take(
    state: ApiState, session_id: SessionId, user_id: UserId, hints: ClientHints
) -> tuple[Login, bool]:
    """Return the login, and whether it was news."""
    with state.admission.admit(1) as room:
        login = await state.logins.prepare(session_id, user_id, hints)
        if await state.logins.is_counted(login):
            return login, False
        # Before the log has it, as with events.
        room.wait(session_id, 1)
        await state.logins.publish(login)
        return login, True


async def _end(state: ApiState, request: Request, session_id: SessionId) -> None:
    revocation: Revocation | None
    if caller_of(request.scope).names_users:
        revocation = await state.auth.end_any(session_id)
    else:
        revocation = await state.auth.end(request.headers, session_id)
    if revocation is not None:
        state.revocations.end(revocation)


def _forget(request: Request, session_id: SessionId, response: Response) -> Response:
    for name, value in forgetting_headers(request.headers.get("cookie", ""), session_id):
        response.headers.append(name, value)
    return response
