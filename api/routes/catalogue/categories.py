"""Categories as the shop's own servers read and write them."""

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.catalogue.category_tree import in_tree_order
from api.catalogue.product_lists import cursor_of, place_of
from api.errors import (
    BATCH_TOO_LARGE,
    CATEGORY_IN_USE,
    KINDS,
    MALFORMED_JSON,
    NOT_FOUND,
    WRONG_SHAPE,
    ProblemError,
)
from api.http.json_answers import json_answer
from api.keys.callers import caller_of
from api.openapi import json_of, merge_answers, problems, reference
from api.routes.catalogue.products import SMALL_BODY, Cursor, body_of, refuse
from api.routes.categories import CategoryPath
from api.routes.products import IdQuery, meant_id
from api.schemas.catalogue_pages import StoredCategories, StoredCategory
from api.schemas.catalogue_writes import WriteAnswer
from api.state import ApiState, state_of
from api.tracking.request_body import read_body
from personalization.catalogue.editing.category_editor import CatalogueCategory, CategoryChanges
from personalization.catalogue.editing.verdicts import LineOutcome, LineVerdict
from personalization.domain.errors import SupersededError
from personalization.domain.identifiers import CategoryId

router = APIRouter(prefix="/v1/catalogue/categories", tags=["catalogue"])
MOST_AT_ONCE: Final = 1_000
_UNKNOWN: Final = problems(NOT_FOUND, WRONG_SHAPE)
_MOVED: Final = problems(KINDS[SupersededError])
_DECODER: Final = msgspec.json.Decoder()
_CATEGORY: Final = {"id": "shirts", "name": "Shirts", "parent_id": "men"}


@router.get(
    "", responses={200: json_of(StoredCategories, "A page of categories."), **problems(WRONG_SHAPE)}
)
def read_tree(
    request: Request,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=1_000, description="Categories at most.")] = 500,
) -> Response:
    """Return the categories as a tree is read: each after the one above it."""
    listed = in_tree_order(state_of(request.scope).services.catalogue.all_categories())
    after = place_of(cursor)
    places = {category.id: place for place, category in enumerate(listed, start=1)}
    if after and after not in places:
        raise ProblemError(WRONG_SHAPE, "The category where that page ended is gone: begin again.")
    begin = places[after] if after else 0
    page = listed[begin : begin + limit]
    is_last = begin + limit >= len(listed)
    return json_answer(StoredCategories(page, None if is_last else cursor_of(str(page[-1].id))))


@router.put(
    "",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "anyOf": [
                            {"type": "array", "items": {"$ref": reference(CatalogueCategory)}},
                            {"$ref": reference(CatalogueCategory)},
                        ]
                    },
                    "example": [{"id": "men", "name": "Men"}, _CATEGORY],
                }
            },
        }
    },
    responses=merge_answers(
        {200: json_of(WriteAnswer, "A verdict for each category, in order.")},
        {422: json_of(WriteAnswer, "Every category was rejected.")},
        problems(WRONG_SHAPE, BATCH_TOO_LARGE),
        SMALL_BODY,
        _MOVED,
    ),
)
async def put_categories(request: Request) -> Response:
    """Write categories, at most 1,000; the one above may stand in the same call, or be there."""
    state = state_of(request.scope)
    sent = await _json_of(request, state)
    items = sent if isinstance(sent, list) else [sent]
    if not items:
        raise ProblemError(WRONG_SHAPE, "The body has no category: send one at least.")
    if len(items) > MOST_AT_ONCE:
        raise ProblemError(BATCH_TOO_LARGE, f"A call takes {MOST_AT_ONCE:,} categories at most.")
    author = caller_of(request.scope).author
    writes = state.catalogue_writes
    verdicts = await writes.run(lambda: writes.categories.put(items, author))
    counts: dict[LineOutcome, int] = {}
    for verdict in verdicts:
        counts[verdict.verdict] = counts.get(verdict.verdict, 0) + 1
    is_refused = counts.keys() == {LineOutcome.REJECTED}
    return json_answer(WriteAnswer(verdicts, counts), 422 if is_refused else 200)


@router.get(
    "/{category_id:id}", responses={200: json_of(StoredCategory, "The category."), **_UNKNOWN}
)
def read_category(
    request: Request,
    category_id: CategoryPath,
    id: IdQuery = None,  # noqa: A002 - the name in the query
) -> Response:
    """Return a category with its place in the tree."""
    wanted = meant_id(category_id, id)
    listed = in_tree_order(state_of(request.scope).services.catalogue.all_categories())
    for category in listed:
        if category.id == wanted:
            return json_answer(category)
    raise _missing(wanted)


@router.patch(
    "/{category_id:id}",
    openapi_extra=body_of(CategoryChanges, {"name": "Tops"}),
    responses={
        200: json_of(LineVerdict, "What became of it."),
        **merge_answers(_UNKNOWN, SMALL_BODY, _MOVED),
    },
)
async def change_category(
    request: Request,
    category_id: CategoryPath,
    id: IdQuery = None,  # noqa: A002 - the name in the query
) -> Response:
    """Change the fields that are named; `parent_id` null puts it at the root."""
    state = state_of(request.scope)
    wanted = CategoryId(meant_id(category_id, id))
    sent = await _json_of(request, state)
    if not isinstance(sent, dict) or sent.get("id", wanted) != wanted:
        raise ProblemError(WRONG_SHAPE, "Send an object with the fields that change.")
    author = caller_of(request.scope).author
    writes = state.catalogue_writes
    verdict = await writes.run(lambda: writes.categories.patch(wanted, sent, author))
    if verdict is None:
        raise _missing(wanted)
    if verdict.errors:
        raise refuse(verdict.errors)
    return json_answer(verdict)


@router.delete(
    "/{category_id:id}",
    responses={
        204: {"description": "It is gone."},
        **_UNKNOWN,
        **problems(CATEGORY_IN_USE),
    },
)
async def delete_category(
    request: Request,
    category_id: CategoryPath,
    id: IdQuery = None,  # noqa: A002 - the name in the query
) -> Response:
    """Delete a category that has no products on sale and none below it."""
    state = state_of(request.scope)
    wanted = CategoryId(meant_id(category_id, id))
    author = caller_of(request.scope).author
    writes = state.catalogue_writes
    found = await writes.run(lambda: state.services.catalogue.read_categories([wanted]))
    if wanted not in found:
        raise _missing(wanted)
    fault = await writes.run(lambda: writes.categories.delete(wanted, author))
    if fault is not None:
        raise ProblemError(CATEGORY_IN_USE, fault.detail)
    return Response(status_code=204)


async def _json_of(request: Request, state: ApiState) -> object:
    limit = state.services.settings.maximum_body_bytes
    body = await read_body(request.headers, request.receive, limit)
    try:
        sent: object = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProblemError(MALFORMED_JSON, f"The body is not JSON: {error}.") from error
    return sent


def _missing(category_id: str) -> ProblemError:
    return ProblemError(NOT_FOUND, f"The catalogue has no category {category_id!r}.")
