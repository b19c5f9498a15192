"""Why anything was served to anybody, as `fitting-room explain` and `history` say it."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import AwareDatetime
from starlette.responses import Response

from api.admin.operations import UNKNOWN, Limit, answers
from api.http.json_answers import json_answer
from api.schemas.admin import EventPage
from api.schemas.profile import ServedProfile
from api.schemas.sessions import DecisionList, decision_summary
from api.sessions.session_auth import session_id_in
from api.state import state_of
from personalization.codec.json_codec import PROFILE
from personalization.domain.clock import in_utc
from personalization.explanations.explain import Explanation
from personalization.explanations.explanation_service import ExplanationService
from personalization.explanations.why_not import WhyNot

router = APIRouter(prefix="/v1/admin", tags=["explanations"])
DecisionPath = Annotated[str, Path(max_length=128, description="Id of a decision.")]
SessionPath = Annotated[str, Path(max_length=128, description="UUID of a session.")]
At = Annotated[AwareDatetime | None, Query(description="RFC 3339; now if absent.")]
_EXPLAINED = answers(
    Explanation, "The decision taken apart; clauses add up to each score.", UNKNOWN
)


@router.get("/decisions/{decision_id}", responses=_EXPLAINED)
def read_explanation(request: Request, decision_id: DecisionPath) -> Response:
    """Explain one decision of any session."""
    service = _service(request)
    return json_answer(service.explain(service.find(decision_id)))


@router.get(
    "/decisions/{decision_id}/why-not",
    responses=answers(WhyNot, "What chance it had in each slot, shown or not.", UNKNOWN),
)
def read_why_not(
    request: Request,
    decision_id: DecisionPath,
    product: Annotated[str, Query(max_length=128, description="Id of a considered product.")],
) -> Response:
    """Explain one product that a decision considered: why it was shown, or why not."""
    service = _service(request)
    return json_answer(service.why_not(service.find(decision_id), product).answer)


@router.get("/sessions/{session_id}/explanation", responses=_EXPLAINED)
def read_explanation_at(request: Request, session_id: SessionPath, at: At = None) -> Response:
    """Explain what a session was shown at a moment."""
    service = _service(request)
    record = service.newest(session_id_in(session_id), _moment(request, at))
    return json_answer(service.explain(record))


@router.get(
    "/sessions/{session_id}/profile",
    responses=answers(ServedProfile, "The profile as it was kept.", UNKNOWN),
)
def read_profile_at(request: Request, session_id: SessionPath, at: At = None) -> Response:
    """Return the profile that a session had at a moment."""
    profile = _service(request).profile_at(session_id_in(session_id), _moment(request, at))
    return Response(PROFILE.encode(profile), media_type="application/json")


@router.get(
    "/sessions/{session_id}/decisions",
    responses=answers(DecisionList, "The decisions, newest first.", UNKNOWN),
)
def read_decisions(
    request: Request,
    session_id: SessionPath,
    until: At = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Decisions at most.")] = 20,
) -> Response:
    """List what was decided for a session up to a moment."""
    session = session_id_in(session_id)
    records = _service(request).decisions_of(session, _moment(request, until), limit)
    return json_answer(DecisionList(session, [decision_summary(record) for record in records]))


@router.get(
    "/sessions/{session_id}/events",
    responses=answers(EventPage, "The newest events, in the order of the history.", UNKNOWN),
)
def read_events(request: Request, session_id: SessionPath, limit: Limit = 100) -> Response:
    """List what a session did."""
    session = session_id_in(session_id)
    events = _service(request).events_of(session)
    return json_answer(EventPage(session, len(events), list(events[-limit:])))


def _service(request: Request) -> ExplanationService:
    return state_of(request.scope).services.admin.explanations


def _moment(request: Request, at: datetime | None) -> datetime:
    return in_utc(at) if at is not None else state_of(request.scope).services.clock.now()
