"""A person reads all that is kept of them, as one archive."""

from collections.abc import Iterator
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from starlette.responses import Response, StreamingResponse

from api.errors import KINDS, NOT_FOUND, OVERLOADED, ProblemError
from api.keys.callers import caller_of
from api.openapi import NEEDS_TOKEN, WRONG_REQUEST, Answers, merge_answers, problems
from api.sessions.session_auth import session_id_in
from api.state import ApiState, state_of
from api.tracking.request_events import USER_HEADER
from personalization.domain.errors import UserTokenError
from personalization.domain.identifiers import SessionId, UserId

router = APIRouter(prefix="/v1", tags=["erasure"])
IN_MEMORY: Final = 1 << 20
PIECE: Final = 1 << 16
SessionPath = Annotated[str, Path(description="UUID of the session.")]
_ARCHIVE: Final[Answers] = {
    200: {
        "description": "`index.html` for people, JSON for machines.",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_BUSY: Final = "Another archive is being made: ask again in some seconds."


@router.get(
    "/sessions/{session_id}/export",
    response_class=StreamingResponse,
    responses=merge_answers(
        _ARCHIVE,
        problems(NOT_FOUND, OVERLOADED, KINDS[UserTokenError]),
        NEEDS_TOKEN,
        WRONG_REQUEST,
    ),
)
async def export_person(request: Request, session_id: SessionPath) -> Response:
    """Return what is kept of a visit to who speaks for it; of all visits with `X-User-Token`.

    The newest 200 visits, each with its newest 50 decisions; the shop has the rest.
    """
    state, session = state_of(request.scope), session_id_in(session_id)
    await state.blocking.run(lambda: state.auth.require_session(request.headers, session))
    user = await _user(state, request)
    if state.exports.locked():
        raise ProblemError(OVERLOADED, _BUSY)
    async with state.exports:
        file = await state.blocking.run(partial(_write, state, session, user))
    headers = {
        "content-disposition": 'attachment; filename="what-is-kept-of-me.zip"',
        "cache-control": "no-store",
    }
    return StreamingResponse(_pieces(file), media_type="application/zip", headers=headers)


async def _user(state: ApiState, request: Request) -> UserId | None:
    text = request.headers.get(USER_HEADER)
    if not text:
        return None
    services, shop = state.services, caller_of(request.scope).shop
    named = services.user_tokens.read(text, shop, services.clock.now())
    return await state.known_users.find(named)


def _write(
    state: ApiState, session: SessionId, user: UserId | None
) -> "SpooledTemporaryFile[bytes]":
    file: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - the answer closes it
    state.services.exporter.write(file, [session], user)
    file.seek(0)
    return file


def _pieces(file: "SpooledTemporaryFile[bytes]") -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
