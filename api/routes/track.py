"""`POST /v1/track`: plain Starlette and msgspec, since every page view passes here."""

from collections import Counter
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api.errors import kind_of, problem_response
from api.http.json_answers import json_answer
from api.keys.callers import caller_of
from api.schemas.track import TrackAnswer, Verdict
from api.sessions.session_cookies import token_headers
from api.sessions.session_tokens import IssuedToken
from api.state import ApiState, state_of
from api.tracking.admission import BatchRoom
from api.tracking.judged_batch import ACCEPTED, DUPLICATE, REJECTED, WAITING
from api.tracking.passing import NOT_COUNTED, reason_to_pass, verdicts_of
from api.tracking.request_body import read_body
from api.tracking.request_events import (
    Envelope,
    decision_tokens,
    envelope_in,
    events_in,
    hints_of,
    user_token,
)
from api.tracking.server_events import take_from_server
from api.tracking.track_service import SentBatch
from personalization.domain.errors import PersonalizationError, UserTokenError
from personalization.domain.identifiers import SessionId, UserId, parse_session_id
from personalization.tracking.rejection import NO_CONSENT
from personalization.tracking.sent_event import SentEvent

_FOREIGN_CODE: Final = "session_token"
GPC_HEADER: Final = "sec-gpc"
_NOTHING_TO_DO: Final = frozenset({NOT_COUNTED, NO_CONSENT})


async def track(request: Request) -> Response:
    """Take a batch of events.

    202 when at least one was accepted or waits for its product, 200 when there was nothing new or
    nothing that counts (a crawler's events, or those of a page loaded ahead), 422 when all were
    rejected (403 when each was of another session); each with one verdict per event.
    """
    state = state_of(request.scope)
    settings = state.services.settings
    try:
        body = await read_body(request.headers, request.receive, settings.maximum_body_bytes)
    except ClientDisconnect:
        return Response(status_code=400)
    events = events_in(body, settings.maximum_batch)
    caller = caller_of(request.scope)
    from_server = caller.is_server
    reason = None if from_server else reason_to_pass(request)
    if reason is not None:
        return _answer(verdicts_of(events, reason), None)
    with state.admission.admit(len(events)) as room:
        if from_server:
            events = await state.known_users.hide(events, keep=caller.names_users)
            envelope = envelope_in(body)
            tokens = decision_tokens(request.headers, envelope)
            verdicts = await take_from_server(
                state.tracking, envelope, tokens, events, room, names_users=caller.names_users
            )
            return _answer(verdicts, None)
        return await _take(state, request, body, events, room)


async def _take(
    state: ApiState, request: Request, body: bytes, events: list[SentEvent], room: BatchRoom
) -> Response:
    envelope, hints = envelope_in(body), hints_of(request.headers)
    sessions, secret = _sessions(events), envelope.session_secret
    speaker = await state.auth.speaker_of(request.headers, sessions, secret)
    tokens = decision_tokens(request.headers, envelope)
    is_new = speaker.is_provisional
    user_id, fault = await _user(state, request, envelope)
    events = await state.known_users.hide(events, keep=False)
    batch = SentBatch(
        events,
        speaker.session_id,
        hints,
        envelope.sent_at,
        envelope.consent,
        vouched_for=user_id or False,
        user_fault=fault,
        decision_tokens=tokens,
        has_gpc=request.headers.get(GPC_HEADER) == "1",
        is_new=is_new,
    )
    judged = await state.tracking.judge(batch)
    # Only an event that counts takes a session id: rubbish takes none.
    issued = await state.auth.claim(speaker) if judged.counts else None
    # Before the log has them: the profile may be announced before this request goes on.
    room.wait(speaker.session_id, judged.evidence)
    try:
        await state.tracking.publish(judged)
        response = _answer(judged.verdicts, issued)
    except PersonalizationError as error:
        # The token goes out even so: the id is claimed now, and a retry has to show it.
        response = problem_response(request.url.path, kind_of(error), str(error))
    origins = state.services.settings.allowed_origins
    response.headers.update(token_headers(issued, request, origins))
    return response


async def _user(state: ApiState, request: Request, envelope: Envelope) -> tuple[UserId | None, str]:
    """Return whom the user token vouches for, or what is wrong with it: it costs no events."""
    text = user_token(request.headers, envelope)
    if not text:
        return None, ""
    services, shop = state.services, caller_of(request.scope).shop
    try:
        named = services.user_tokens.read(text, shop, services.clock.now())
    except UserTokenError as error:
        return None, str(error)
    return await state.known_users.find(named), ""


def _sessions(events: list[SentEvent]) -> list[SessionId]:
    sent = dict.fromkeys([event.fields.session_id for event in events if event.fields])
    return list(dict.fromkeys(filter(None, map(parse_session_id, sent))))


def _answer(verdicts: list[Verdict], issued: IssuedToken | None) -> Response:
    counts = Counter(verdict.verdict for verdict in verdicts)
    answer = TrackAnswer(
        accepted=counts[ACCEPTED],
        duplicate=counts[DUPLICATE],
        rejected=counts[REJECTED],
        verdicts=verdicts,
        waiting=counts[WAITING],
        session_token=issued.text if issued else None,
        session_expires_at=issued.expires_at if issued else None,
    )
    return json_answer(answer, _status(verdicts, counts))


def _status(verdicts: list[Verdict], counts: Counter[str]) -> int:
    if counts[ACCEPTED] or counts[WAITING]:
        return 202
    if all(verdict.verdict != REJECTED or verdict.code in _NOTHING_TO_DO for verdict in verdicts):
        return 200
    return 403 if all(verdict.code == _FOREIGN_CODE for verdict in verdicts) else 422
