"""Dead letters, as `fitting-room dead-letters` lists, redrives and discards them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import AwareDatetime
from starlette.responses import Response

from api.admin.json_bodies import JsonBody
from api.admin.operations import (
    BUSY,
    CHANGES,
    CURSOR,
    SMALL_BYTES,
    UNKNOWN,
    answers,
    takes,
    with_body,
)
from api.admin.services import AdminServices
from api.errors import WRONG_SHAPE, ProblemError
from api.http.json_answers import json_answer
from api.keys.callers import caller_of
from api.schemas.admin import (
    DeadLetterPage,
    DeadLetterRow,
    DeadLetterShown,
    LetterOrder,
    LetterOutcome,
    ReasonCount,
)
from api.state import state_of
from personalization.domain.clock import in_utc
from personalization.tracking.dead_letter_service import LetterCursor
from personalization.tracking.dead_letters import DeadLetter, Place, Selection
from personalization.tracking.redrive import Judgement
from personalization.tracking.rejection import EventRejection

router = APIRouter(prefix="/v1/admin/dead-letters", tags=["dead letters"])
PlacePath = Annotated[str, Path(max_length=40, description="`partition:offset`.")]
OrderBody = Annotated[LetterOrder, Depends(JsonBody(LetterOrder, SMALL_BYTES))]
_DONE = {"done": 9, "already": 0, "kept": {"unknown_product": 3}, "missing": [], "next": None}
_OUTCOME = with_body(
    answers(
        LetterOutcome,
        "What became of them.",
        CURSOR,
        BUSY,
        CHANGES,
        example=_DONE,
    )
)


@router.get("", responses=answers(DeadLetterPage, "A page, and counts of all.", CURSOR, BUSY))
def list_letters(  # noqa: PLR0913 - each a part of the query
    request: Request,
    *,
    reason: Annotated[
        str | None, Query(max_length=128, description="How their reason begins.")
    ] = None,
    source: Annotated[
        Literal["api", "scorer"] | None, Query(description="Who set them aside.")
    ] = None,
    session: Annotated[str | None, Query(max_length=128, description="Of one session.")] = None,
    since: Annotated[AwareDatetime | None, Query(description="RFC 3339; set aside since.")] = None,
    every: Annotated[bool, Query(description="Also what was redriven or discarded.")] = False,
    limit: Annotated[int, Query(ge=1, le=500, description="Letters at most.")] = 50,
    after: Annotated[
        str | None, Query(max_length=80, description="`next` of the page before.")
    ] = None,
) -> Response:
    """Return dead letters, newest first, with a count by reason of all that were selected."""
    services = _services(request)
    wanted = Selection(
        reason=reason, source=source, session=session, since=in_utc(since) if since else None
    )
    cursor = _cursor(after)
    with services.turns.take():
        page = services.dead_letters.list(wanted, limit, every=every, after=cursor)
    counts = [ReasonCount(code, by, count) for (code, by), count in page.counts.items()]
    following = str(page.following) if page.following else None
    rows = list(map(_row, page.letters))
    return json_answer(DeadLetterPage(page.total, counts, rows, following))


@router.get("/{place}", responses=answers(DeadLetterShown, "The dead letter.", UNKNOWN, BUSY))
def read_letter(request: Request, place: PlacePath) -> Response:
    """Return one dead letter whole, and what a redrive would do with it now."""
    services, [wanted] = _services(request), _places([place])
    with services.turns.take():
        letter, judged = services.dead_letters.show(wanted)
    would, verdict = not isinstance(judged, EventRejection), _verdict(judged)
    return json_answer(DeadLetterShown(_row(letter), would, verdict))


@router.post(
    "/redrive",
    responses=_OUTCOME,
    openapi_extra=takes(LetterOrder, {"reason": "unknown_product", "limit": 1000}),
)
def redrive_letters(request: Request, order: OrderBody) -> Response:
    """Judge dead letters again and publish those that can be taken now, a slice at a time.

    What is redriven is marked: a call that was cut off may be repeated.
    """
    services, author = _services(request), caller_of(request.scope).author
    wanted, cursor = _selection(order), _cursor(order.after)
    with services.turns.take():
        done = services.dead_letters.redrive(
            wanted, author, dry=order.dry_run, limit=order.limit, after=cursor
        )
    tally = done.tally
    outcome = LetterOutcome(
        done=tally.redriven,
        already=tally.already,
        kept=dict(tally.kept),
        missing=list(map(str, done.missing)),
        next=str(done.following) if done.following else None,
    )
    return json_answer(outcome)


@router.post(
    "/discard",
    responses=_OUTCOME,
    openapi_extra=takes(LetterOrder, {"reason": "malformed", "limit": 1000}),
)
def discard_letters(request: Request, order: OrderBody) -> Response:
    """Set dead letters aside for good: they are neither listed nor redriven any more."""
    services, author = _services(request), caller_of(request.scope).author
    if order.dry_run:
        raise ProblemError(WRONG_SHAPE, "`dry_run` is of a redrive: the list says what there is.")
    wanted, cursor = _selection(order), _cursor(order.after)
    with services.turns.take():
        done = services.dead_letters.discard(wanted, author, limit=order.limit, after=cursor)
    outcome = LetterOutcome(
        done=done.discarded,
        already=done.already,
        kept={},
        missing=list(map(str, done.missing)),
        next=str(done.following) if done.following else None,
    )
    return json_answer(outcome)


def _services(request: Request) -> AdminServices:
    return state_of(request.scope).services.admin


def _selection(order: LetterOrder) -> Selection:
    wanted = Selection(
        reason=order.reason,
        source=order.source,
        session=order.session,
        since=in_utc(order.since) if order.since else None,
        places=frozenset(_places(order.places)),
    )
    if wanted.is_empty != order.all:
        raise ProblemError(WRONG_SHAPE, "Name places, or choose by a field, or say `all`.")
    return wanted


def _places(texts: list[str]) -> list[Place]:
    try:
        return list(map(Place.parse, texts))
    except ValueError as error:
        raise ProblemError(WRONG_SHAPE, str(error)) from error


def _cursor(text: str | None) -> LetterCursor | None:
    return None if text is None else LetterCursor.parse(text)


def _row(letter: DeadLetter) -> DeadLetterRow:
    return DeadLetterRow(
        place=str(letter.place),
        at=letter.at,
        session_id=letter.session_id,
        source=letter.source,
        code=letter.code,
        reason=letter.reason,
        origin=str(letter.origin) if letter.origin else None,
        redriven_at=letter.redriven_at,
        discarded_at=letter.discarded_at,
        body=letter.body.decode(errors="replace"),
    )


def _verdict(judged: Judgement) -> str:
    if isinstance(judged, EventRejection):
        return f"{judged.code}: {judged.detail}"
    return f"{judged.type.value} of {judged.occurred_at.isoformat()}"
