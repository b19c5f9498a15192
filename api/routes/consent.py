"""What a visit may be used for: read, chosen, and refused altogether."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from api.admin.json_bodies import JsonBody
from api.admin.operations import takes, with_body
from api.errors import FOREIGN_ORIGIN, NOT_FOUND, WRONG_SHAPE, ProblemError
from api.http.json_answers import json_answer
from api.keys.callers import caller_of
from api.openapi import NEEDS_TOKEN, WRONG_REQUEST, json_of, merge_answers, problems
from api.routes.track import GPC_HEADER
from api.schemas.consent import ConsentAnswer, ConsentFields
from api.sessions.session_auth import session_id_in
from api.state import ApiState, state_of
from api.tracking.request_events import hints_of
from api.tracking.server_events import NO_HINTS
from personalization.domain.consent import Consent, ConsentPurpose, ConsentStatement, without
from personalization.domain.identifiers import SessionId
from personalization.tracking.sent_consent import consent_of_batch

router = APIRouter(prefix="/v1", tags=["consent"])
SMALL_BYTES: Final = 4 * 1024
SessionPath = Annotated[str, Path(description="UUID of the session.")]
_EXAMPLE: Final = {
    "session_id": "5f0c3b1e-8f57-4f0e-9a53-0b6f9b1c2d3e",
    "consent": ["measure"],
    "refused": ["personalize", "learn", "share"],
    "personalized": False,
    "chosen_at": "2026-11-30T12:00:00Z",
}
_FAULT: Final = (
    "`consent` names what is agreed to, as a list of measure, personalize, learn and share or an "
    "object of them with true or false; [] refuses all."
)


@router.get(
    "/sessions/{session_id}/consent",
    responses=merge_answers(
        {200: json_of(ConsentAnswer, "What holds now.", example=_EXAMPLE)},
        problems(NOT_FOUND),
        NEEDS_TOKEN,
        WRONG_REQUEST,
    ),
)
async def read_consent(request: Request, session_id: SessionPath) -> Response:
    """Say what a visit may be used for. For who speaks for it, and for secret keys."""
    state, session = state_of(request.scope), session_id_in(session_id)
    await _admit(state, request, session)
    return json_answer(_answer(state, request, session, await state.consents.statement(session)))


@router.post(
    "/sessions/{session_id}/consent",
    responses=with_body(
        merge_answers(
            {200: json_of(ConsentAnswer, "It holds from now on.", example=_EXAMPLE)},
            problems(NOT_FOUND, FOREIGN_ORIGIN),
            NEEDS_TOKEN,
            WRONG_REQUEST,
        )
    ),
    openapi_extra=takes(ConsentFields, {"consent": {"measure": True, "personalize": False}}),
)
async def choose_consent(
    request: Request,
    session_id: SessionPath,
    fields: Annotated[ConsentFields, Depends(JsonBody(ConsentFields, SMALL_BYTES))],
) -> Response:
    """Choose what a visit may be used for; `{"consent": []}` is the opt-out, in one call.

    It holds at once, in every process within a second, and until the next choice: events can only
    narrow it. What was refused is taken back: the open page gets a profile of priors, nothing is
    learned any more of what was done before, and later nights leave it out. Of a visit that has
    not begun nothing is kept but this choice.

    For who speaks for the session, and for secret keys.
    """
    state, session = state_of(request.scope), session_id_in(session_id)
    chosen = _choice_in(fields, state.consents.settings.unsaid)
    has_begun = await _admit(state, request, session)
    from_server = caller_of(request.scope).is_server
    hints = NO_HINTS if from_server else hints_of(request.headers)
    statement = await state.choices.choose(session, chosen, hints, has_begun=has_begun)
    state.reader.cache.drop(session)
    return json_answer(_answer(state, request, session, statement))


def _choice_in(fields: ConsentFields, unsaid: Consent) -> Consent:
    sent = consent_of_batch(fields.consent, unsaid)
    if sent.is_unreadable or sent.consent is None or sent.unknown:
        raise ProblemError(WRONG_SHAPE, _FAULT)
    return sent.consent


async def _admit(state: ApiState, request: Request, session_id: SessionId) -> bool:
    """Let in who speaks for the session; return whether anybody has begun it."""
    if caller_of(request.scope).is_server:
        claim = await state.auth.find_claim(session_id)
        return claim is not None
    speaker = await state.auth.speaker_for(request.headers, session_id)
    return not speaker.is_provisional


def _answer(
    state: ApiState, request: Request, session_id: SessionId, statement: ConsentStatement
) -> ConsentAnswer:
    settings = state.consents.settings
    consent = statement.agreement(settings.unsaid)
    if request.headers.get(GPC_HEADER) == "1":
        consent = without(consent, settings.refused_by_gpc)
    return ConsentAnswer(
        session_id=session_id,
        consent=[purpose.value for purpose in consent],
        refused=[purpose.value for purpose in ConsentPurpose if purpose not in consent],
        personalized=ConsentPurpose.PERSONALIZE in consent,
        chosen_at=None if statement.chosen is None else statement.chosen_at,
    )
