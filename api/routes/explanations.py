"""Why something was served, now or at any past moment; only for the session's own holder."""

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Header, Path, Query, Request
from pydantic import AwareDatetime
from starlette.responses import Response

from api.errors import NOT_FOUND, ProblemError
from api.http.json_answers import json_answer
from api.openapi import NEEDS_TOKEN, ONLY_WITH_TOKEN, WRONG_REQUEST, json_of, problems
from api.schemas.sessions import DecisionList, decision_summary
from api.sessions.session_auth import session_id_in
from api.state import ApiState, state_of
from personalization.decisions.own_decisions import decision_to_explain
from personalization.domain.clock import in_utc
from personalization.domain.identifiers import DecisionId
from personalization.explanations.explain import Explanation, explain
from personalization.explanations.names import Names
from personalization.ports.decision_history import DecisionRecord

router = APIRouter(prefix="/v1", tags=["explanations"])
SessionPath = Annotated[str, Path(description="UUID of the session.")]
_EXPLAINED: Final = {
    200: json_of(Explanation, "The decision taken apart; clauses add up to each score."),
    **problems(NOT_FOUND),
    **NEEDS_TOKEN,
    **WRONG_REQUEST,
}


@router.get("/explanations/{decision_id}", responses=_EXPLAINED, openapi_extra=ONLY_WITH_TOKEN)
def read_explanation(
    request: Request,
    decision_id: Annotated[str, Path(max_length=128)],
    x_decision_token: Annotated[
        str, Header(description="That of a row, while the session has no event.")
    ] = "",
) -> Response:
    """Explain one decision of one's own session by its id.

    A decision of another session is answered as one that never was.
    """
    state = state_of(request.scope)
    session = state.auth.require(request.headers)
    wanted = DecisionId(decision_id)
    record = state.services.decisions.read_of_session(session, wanted)
    record = record or state.decisions.find_unwritten(session, wanted, x_decision_token)
    if record is None:
        raise ProblemError(NOT_FOUND, "No such decision of this session is kept.")
    return _answer(state, record)


@router.get(
    "/sessions/{session_id}/explanation", responses=_EXPLAINED, openapi_extra=ONLY_WITH_TOKEN
)
def read_explanation_at(
    request: Request,
    session_id: SessionPath,
    at: Annotated[AwareDatetime | None, Query(description="RFC 3339; now if absent.")] = None,
) -> Response:
    """Explain what the session was shown at a moment: its profile, or its newest row without one.

    Rows and ranked lists are explained by their own decision ids.
    """
    state = state_of(request.scope)
    session = session_id_in(session_id)
    state.auth.require_session(request.headers, session)
    moment = _moment(state, at)
    record = decision_to_explain(state.services.decisions, session, moment)
    if record is None:
        raise ProblemError(NOT_FOUND, "Nothing had been served to the session at that moment.")
    return _answer(state, record)


@router.get(
    "/sessions/{session_id}/decisions",
    openapi_extra=ONLY_WITH_TOKEN,
    responses={
        200: json_of(DecisionList, "The decisions, newest first."),
        **problems(NOT_FOUND),
        **NEEDS_TOKEN,
        **WRONG_REQUEST,
    },
)
def read_decisions(
    request: Request,
    session_id: SessionPath,
    until: Annotated[AwareDatetime | None, Query(description="RFC 3339; now if absent.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> Response:
    """List what was decided for the session up to a moment."""
    state = state_of(request.scope)
    session = session_id_in(session_id)
    state.auth.require_session(request.headers, session)
    moment = _moment(state, until)
    records = state.services.decisions.list_session(session, moment, limit)
    return json_answer(DecisionList(session, [decision_summary(record) for record in records]))


def _moment(state: ApiState, until: datetime | None) -> datetime:
    return in_utc(until) if until is not None else state.services.clock.now()


def _answer(state: ApiState, record: DecisionRecord) -> Response:
    services = state.services
    names = Names.of(record, services.catalogue)
    return json_answer(explain(record, names, services.small_counts))
