"""`DELETE /v1/sessions/{session_id}`: a session ends before its time, as at a logout."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from api.errors import NOT_FOUND
from api.keys.callers import caller_of
from api.openapi import NEEDS_TOKEN, WRONG_REQUEST, Answers, problems
from api.sessions.session_auth import session_id_in
from api.sessions.session_cookies import forgetting_headers
from api.state import ApiState, state_of
from personalization.domain.access.api_key import KeyKind, Scope
from personalization.domain.access.claim import Revocation
from personalization.domain.identifiers import SessionId

router = APIRouter(prefix="/v1", tags=["sessions"])
_ENDED: Final[Answers] = {
    204: {"description": "It has ended, here and within 2 s in every process."}
}


@router.delete(
    "/sessions/{session_id}",
    status_code=204,
    responses={**_ENDED, **problems(NOT_FOUND), **NEEDS_TOKEN, **WRONG_REQUEST},
)
async def end_session(
    request: Request, session_id: Annotated[str, Path(description="UUID of the session.")]
) -> Response:
    """End a session: its tokens open it no more, its streams end, and its cookie is taken back.

    For who speaks for it, by token or secret, and for secret keys that have `identity`, too. The
    next visit begins a new session. What has ended may be ended again.
    """
    state = state_of(request.scope)
    session = session_id_in(session_id)
    revocation = await _end(state, request, session)
    if revocation is not None:
        state.revocations.end(revocation)
    response = Response(status_code=204)
    for name, value in forgetting_headers(request.headers.get("cookie", ""), session):
        response.headers.append(name, value)
    return response


async def _end(state: ApiState, request: Request, session_id: SessionId) -> Revocation | None:
    key = caller_of(request.scope).key
    if key is not None and key.kind is KeyKind.SECRET and key.allows(Scope.IDENTITY):
        return await state.auth.end_any(session_id)
    return await state.auth.end(request.headers, session_id)
