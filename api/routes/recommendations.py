"""`POST /v1/recommendations` and `POST /v1/rank`: what a shop's pages ask, in one call each."""

from typing import Final

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api.http.json_answers import encoded_answer
from api.keys.callers import caller_of
from api.recommendations.questions import (
    read_rank_question,
    read_rows_question,
    wanted_rank,
    wanted_rows,
)
from api.recommendations.row_service import Asker
from api.routes.profiles import handed_tokens
from api.schemas.recommendations import RankQuestion, RowsQuestion
from api.state import ApiState, state_of
from api.tracking.passing import reason_to_pass
from api.tracking.request_body import read_body
from api.tracking.request_events import hints_of
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import SessionId
from personalization.tracking.event_warning import EventWarning, warning

ROWS_ROUTE: Final = "/v1/recommendations"
RANK_ROUTE: Final = "/v1/rank"
MOST_BODY_BYTES: Final = 512 * 1024
"""Twelve rows with a thousand exclusions each have some 300 KB."""
_ADVICE: Final = "ask for fewer rows, or with fewer exclusions"
_UNKNOWN_HOLDER: Final = warning(
    "visit_unavailable",
    "Who holds the session cannot be read now: the answer is made of what suits all shoppers.",
)


async def recommend(request: Request) -> Response:
    """Answer all rows of a page."""
    state = state_of(request.scope)
    body = await _body(request)
    if body is None:
        return Response(status_code=400)
    question = read_rows_question(body)
    services = state.services
    wanted = wanted_rows(question, services.placements(), services.small_counts)
    asker = await _asker(state, request, wanted.session_id, question)
    return _answer(request, await state.rows.page(asker, wanted))


async def rank(request: Request) -> Response:
    """Put a list of the shop's own into order."""
    state = state_of(request.scope)
    body = await _body(request)
    if body is None:
        return Response(status_code=400)
    question = read_rank_question(body)
    services = state.services
    wanted = wanted_rank(question, services.placements(), services.small_counts)
    asker = await _asker(state, request, wanted.session_id, question)
    return _answer(request, await state.rows.rank(asker, wanted))


async def _body(request: Request) -> bytes | None:
    """Return None where the client went away."""
    settings = state_of(request.scope).services.settings
    most = min(settings.maximum_body_bytes, MOST_BODY_BYTES)
    try:
        return await read_body(request.headers, request.receive, most, _ADVICE)
    except ClientDisconnect:
        return None


async def _asker(
    state: ApiState,
    request: Request,
    session_id: SessionId,
    question: RowsQuestion | RankQuestion,
) -> Asker:
    """Return who asks, as `GET /v1/profiles/{session_id}` sees it; raises as that does.

    The token to hand out is left in the request's state, so that a failure's answer has it too.
    """
    request.state.token_headers = {}
    hints = hints_of(request.headers, question.region, question.device)
    key = caller_of(request.scope).key
    key_id = key.key_id if key is not None else ""
    if reason_to_pass(request) is not None and not _speaks_for(state, request.headers, session_id):
        return Asker(
            session_id=session_id, hints=hints, key_id=key_id, speaks=False, is_passing=True
        )
    warnings: tuple[EventWarning, ...] = ()
    try:
        admission = await state.auth.admit(request.headers, session_id)
    except StoreUnavailableError:
        speaks, warnings = False, (_UNKNOWN_HOLDER,)
    else:
        speaks = not admission.speaker.is_provisional
        issued = admission.issued
        request.state.token_headers = handed_tokens(state, request, session_id, issued)
    return Asker(
        session_id=session_id, hints=hints, key_id=key_id, speaks=speaks, warnings=warnings
    )


def _speaks_for(state: ApiState, headers: Headers, session_id: SessionId) -> bool:
    return state.auth.read_token(headers).session_id == session_id


def _answer(request: Request, body: bytes) -> Response:
    response = encoded_answer(body)
    response.headers["cache-control"] = "no-store"
    response.headers.update(request.state.token_headers)
    return response
