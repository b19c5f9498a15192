"""The rows of the page, as `fitting-room placements` writes them."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from api.admin.json_bodies import JsonBody, RawBody
from api.admin.operations import (
    CHANGES,
    PRECONDITION,
    SMALL_BYTES,
    UNKNOWN,
    answers,
    takes,
    with_body,
)
from api.errors import KINDS, WRONG_SHAPE, ProblemError
from api.http.entity_tags import expected_version, tag_of
from api.http.json_answers import json_answer
from api.keys.callers import caller_of
from api.openapi import problems
from api.schemas.admin import PlacementsAnswer
from api.state import state_of
from personalization.domain.errors import InvalidPolicyError
from personalization.plans.current_plan import Parsed
from personalization.policies.current_placements import (
    EditPlacements,
    PlacementEditor,
    as_in_setting,
    placement_of_name,
    with_placement,
    without_placement,
)
from personalization.policies.placement import Placement
from personalization.policies.placements_document import (
    WrittenPlacement,
    WrittenPlacements,
    decode_placement,
    decode_placements,
    written_placement,
)

router = APIRouter(prefix="/v1/admin", tags=["placements"])
NamePath = Annotated[str, Path(max_length=128, description="The placement's name.")]
_EXAMPLE = {"name": "home", "size": 6, "policy": "epsilon-greedy:epsilon=0.2", "title": "For you"}
_ROW_EXAMPLE = {
    "name": "instead",
    "size": 8,
    "policy": "softmax",
    "strategy": "similar",
    "fallbacks": ["category", "popular"],
    "caps": [{"field": "brand", "most": 2}],
}
_INVALID = problems(KINDS[InvalidPolicyError])
_WRITTEN = answers(
    PlacementsAnswer,
    "The placements in force; decisions are made by them within seconds.",
    _INVALID,
    CHANGES,
    PRECONDITION,
)


@router.get("/placements", responses=answers(PlacementsAnswer, "The placements in force."))
def list_placements(request: Request) -> Response:
    """Return the placements in force, in the order in which they are filled."""
    return _answer(_editor(request).newest())


@router.put(
    "/placements",
    responses=with_body(_WRITTEN),
    openapi_extra=takes(WrittenPlacements, {"placements": [_EXAMPLE, _ROW_EXAMPLE]}),
)
def replace_placements(
    request: Request, body: Annotated[bytes, Depends(RawBody(SMALL_BYTES))]
) -> Response:
    """Put these in the place of all placements."""
    placements = decode_placements(body)
    return _write(request, lambda _: placements)


@router.post(
    "/placement-checks",
    responses=with_body(
        answers(PlacementsAnswer, "As they would be kept; nothing is written.", _INVALID)
    ),
    openapi_extra=takes(WrittenPlacements, {"placements": [_EXAMPLE, _ROW_EXAMPLE]}),
)
def check_placements(
    request: Request, body: Annotated[bytes, Depends(RawBody(SMALL_BYTES))]
) -> Response:
    """Judge placements as if they were written in the place of all."""
    placements = _editor(request).check(decode_placements(body))
    return _answer(Parsed(_editor(request).newest().version, placements))


@router.delete("/placements", responses=_WRITTEN)
def reset_placements(request: Request) -> Response:
    """Go back to the placements of the setting."""
    return _write(request, as_in_setting)


@router.get(
    "/placements/{name}",
    responses=answers(WrittenPlacement, "The placement.", UNKNOWN, example=_ROW_EXAMPLE),
)
def read_placement(request: Request, name: NamePath) -> Response:
    """Return one placement, with the version of all as its `ETag`."""
    newest = _editor(request).newest()
    response = json_answer(written_placement(placement_of_name(newest.document, name)))
    response.headers["etag"] = tag_of(newest.version)
    return response


@router.put(
    "/placements/{name}",
    responses=with_body(_WRITTEN),
    openapi_extra=takes(WrittenPlacement, _ROW_EXAMPLE),
)
def write_placement(
    request: Request,
    name: NamePath,
    fields: Annotated[dict[str, Any], Depends(JsonBody(dict[str, Any], SMALL_BYTES))],
) -> Response:
    """Add a placement, or put it in the place of the one of its name."""
    if fields.setdefault("name", name) != name:
        raise ProblemError(WRONG_SHAPE, f"The placement's name is that of the path, {name!r}.")
    placement = decode_placement(msgspec.json.encode(fields))
    return _write(request, with_placement(placement))


@router.delete(
    "/placements/{name}", responses=answers(PlacementsAnswer, "Those left.", UNKNOWN, _WRITTEN)
)
def delete_placement(request: Request, name: NamePath) -> Response:
    """Remove a placement; every page keeps `home`."""
    return _write(request, without_placement(name))


def _editor(request: Request) -> PlacementEditor:
    return state_of(request.scope).services.admin.placements


def _write(request: Request, change: EditPlacements) -> Response:
    author = caller_of(request.scope).author
    return _answer(_editor(request).edit(change, author, expected_version(request)))


def _answer(newest: Parsed[tuple[Placement, ...]]) -> Response:
    written = [written_placement(placement) for placement in newest.document]
    response = json_answer(PlacementsAnswer(newest.version, written))
    response.headers["etag"] = tag_of(newest.version)
    return response
