"""People are erased: asked for by the shop's server, or by the person; read as a receipt."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from api.admin.json_bodies import JsonBody
from api.admin.operations import answers, takes, with_body
from api.errors import FOREIGN_ORIGIN, KINDS, NOT_FOUND, WRONG_SHAPE, ProblemError
from api.http.json_answers import json_answer
from api.keys.callers import caller_of
from api.openapi import NEEDS_TOKEN, WRONG_REQUEST, json_of, merge_answers, problems
from api.schemas.erasure import (
    ErasureAnswer,
    ErasureFields,
    OwnErasureFields,
    SignedErasure,
)
from api.sessions.session_auth import session_id_in
from api.state import ApiState, state_of
from personalization.domain.errors import StoreFullError, UserTokenError
from personalization.domain.identifiers import (
    SessionId,
    ShopUserId,
    id_fault,
    parse_session_id,
)
from personalization.erasure.erasure_request import THE_PERSON

router = APIRouter(prefix="/v1", tags=["erasure"])
SMALL_BYTES: Final = 4 * 1024
LARGE_BYTES: Final = 512 * 1024
SessionPath = Annotated[str, Path(description="UUID of the session.")]
RequestPath = Annotated[str, Path(description="As the request's answer names it.", max_length=64)]
_BEGUN: Final = {"request_ids": ["6f1d4c0f6a0b4b5f8c1e2d3a4b5c6d7e"]}
_RECEIPT: Final = {
    "receipt": {
        "request_id": "6f1d4c0f6a0b4b5f8c1e2d3a4b5c6d7e",
        "state": "live_done",
        "asked_at": "2026-11-30T12:00:00Z",
        "asked_by": "the person",
        "sessions": 1,
        "unknown": 0,
        "live_at": "2026-11-30T12:00:06Z",
        "done_at": None,
        "stores": [
            {"store": "history", "removed": 7, "erased_at": "2026-11-30T12:00:01Z", "left": ""}
        ],
    },
    "algorithm": "Ed25519",
    "key_id": "1f0c9a7b",
    "public_key": "b5a1...",
    "signature": "9c4e...",
}


@router.post(
    "/erasures",
    status_code=202,
    responses=with_body(
        merge_answers(
            {202: json_of(ErasureAnswer, "It is begun.", example=_BEGUN)},
            problems(KINDS[StoreFullError]),
            WRONG_REQUEST,
        )
    ),
    openapi_extra=takes(ErasureFields, {"user_ids": ["ann"]}),
)
async def ask_for_erasure(
    request: Request,
    fields: Annotated[ErasureFields, Depends(JsonBody(ErasureFields, LARGE_BYTES))],
) -> Response:
    """Erase visits or people, for the shop's server.

    What serves forgets them within a minute, what nights make with the next night. Asking again
    changes nothing and gives a receipt of its own; so does somebody unknown.
    """
    state = state_of(request.scope)
    sessions = [parse_session_id(text) for text in fields.session_ids]
    if None in sessions:
        raise ProblemError(WRONG_SHAPE, "`session_ids` are UUIDs: nobody is erased.")
    fault = next(filter(None, map(id_fault, fields.user_ids)), None)
    if fault is not None:
        raise ProblemError(WRONG_SHAPE, f"A user's id {fault}: nobody is erased.")
    if not sessions and not fields.user_ids:
        raise ProblemError(WRONG_SHAPE, "Name `session_ids` or `user_ids`.")
    who = caller_of(request.scope).author
    users = list(map(ShopUserId, fields.user_ids))
    return await _begin(state, [name for name in sessions if name], users, who)


@router.post(
    "/sessions/{session_id}/erasure",
    status_code=202,
    responses=with_body(
        merge_answers(
            {202: json_of(ErasureAnswer, "It is begun.", example=_BEGUN)},
            problems(NOT_FOUND, FOREIGN_ORIGIN, KINDS[UserTokenError], KINDS[StoreFullError]),
            NEEDS_TOKEN,
            WRONG_REQUEST,
        )
    ),
    openapi_extra=takes(OwnErasureFields, {"user_token": "u2.k6RzaG9wo2Fubs5oPZ3A.1f0c9a7b.x2Jq"}),
)
async def erase_myself(
    request: Request,
    session_id: SessionPath,
    fields: Annotated[OwnErasureFields, Depends(JsonBody(OwnErasureFields, SMALL_BYTES))],
) -> Response:
    """Erase a visit for who speaks for it, and with the person's token all their visits.

    The visit ends: its tokens open nothing any more.
    """
    state, session = state_of(request.scope), session_id_in(session_id)
    await state.blocking.run(lambda: state.auth.require_session(request.headers, session))
    users: list[ShopUserId] = []
    if fields.user_token is not None:
        shop, services = caller_of(request.scope).shop, state.services
        users = [services.user_tokens.read(fields.user_token, shop, services.clock.now())]
    return await _begin(state, [session], users, THE_PERSON)


@router.get(
    "/erasures/{request_id}",
    responses=merge_answers(
        answers(SignedErasure, "The receipt as of now, signed.", example=_RECEIPT),
        problems(NOT_FOUND),
    ),
)
async def read_receipt(request: Request, request_id: RequestPath) -> Response:
    """Read the receipt of an erasure: what was removed from which store, and when; it names nobody.

    Whoever asked for it knows its id, which nobody can guess.
    """
    state = state_of(request.scope)
    public = not caller_of(request.scope).is_server
    read = state.services.erasures.receipt
    signed = await state.blocking.run(lambda: read(request_id, public=public))
    response = json_answer(signed)
    response.headers["cache-control"] = "no-store"
    return response


async def _begin(
    state: ApiState, sessions: list[SessionId], users: list[ShopUserId], who: str
) -> Response:
    begin = state.services.erasures.begin
    names = [await state.known_users.find(user) for user in users]
    ids = await state.blocking.run(lambda: begin(sessions, names, who))
    for session in sessions:
        state.reader.cache.drop(session)
        state.hub.end_session(session)
    return json_answer(ErasureAnswer(ids), 202)
