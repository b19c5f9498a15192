"""Generations of priors, as `fitting-room generations` shows and promotes them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from api.admin.json_bodies import JsonBody
from api.admin.operations import (
    CHANGES,
    SMALL_BYTES,
    UNKNOWN,
    Limit,
    Offset,
    answers,
    takes,
    with_body,
)
from api.errors import KINDS
from api.http.json_answers import json_answer
from api.keys.callers import caller_of
from api.openapi import problems
from api.schemas.admin import GenerationPage, PromotionOrder
from api.state import state_of
from personalization.domain.errors import GenerationRejectedError
from personalization.priors.generation_service import GenerationService, Promoted, ShownGeneration

router = APIRouter(prefix="/v1/admin/generations", tags=["generations"])
GenerationPath = Annotated[str, Path(max_length=128, description="The generation's id.")]
_REJECTED = problems(KINDS[GenerationRejectedError])


@router.get("", responses=answers(GenerationPage, "Generations, newest first."))
def list_generations(request: Request, limit: Limit = 20, offset: Offset = 0) -> Response:
    """Return the kept generations, newest first."""
    found = _service(request).list()
    return json_answer(GenerationPage(len(found), found[offset : offset + limit]))


@router.get(
    "/{generation_id}",
    responses=answers(ShownGeneration, "It, and what a promotion finds.", UNKNOWN),
)
def read_generation(request: Request, generation_id: GenerationPath) -> Response:
    """Return what a generation was made of, its rows by table, and the checks of a promotion."""
    return json_answer(_service(request).show(generation_id))


@router.post(
    "/{generation_id}/promote",
    responses=with_body(answers(Promoted, "It is active.", UNKNOWN, _REJECTED, CHANGES)),
    openapi_extra=takes(PromotionOrder, {"accept_smaller": False}, needed=False),
)
def promote_generation(
    request: Request,
    generation_id: GenerationPath,
    order: Annotated[PromotionOrder, Depends(JsonBody(PromotionOrder, SMALL_BYTES, or_empty=True))],
) -> Response:
    """Make a kept generation the active one; decisions go by it within seconds."""
    author = caller_of(request.scope).author
    done = _service(request).promote(generation_id, author, accept_smaller=order.accept_smaller)
    return json_answer(done)


@router.post(
    "/rollback", responses=answers(Promoted, "The one before is active.", _REJECTED, CHANGES)
)
def roll_back(request: Request) -> Response:
    """Go back to the generation that was made before the active one."""
    return json_answer(_service(request).roll_back(caller_of(request.scope).author))


def _service(request: Request) -> GenerationService:
    return state_of(request.scope).services.admin.generations
