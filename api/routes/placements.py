"""The rows that a page has, for whoever draws it."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.http.json_answers import json_answer
from api.openapi import json_of
from api.schemas.placements import PageRow, PageRows
from api.state import state_of
from personalization.policies.placement import Placement

router = APIRouter(prefix="/v1/placements", tags=["catalogue"])


@router.get("", responses={200: json_of(PageRows, "The rows of the page.")})
def read_placements(request: Request) -> Response:
    """Return the page's placements with their sizes and titles, in the order of being filled."""
    placements = state_of(request.scope).services.placements()
    return json_answer(PageRows([_row(placement) for placement in placements]))


def _row(placement: Placement) -> PageRow:
    return PageRow(
        name=placement.name,
        size=placement.size,
        title=placement.title,
        strategy=placement.strategy,
        on_profile=placement.on_profile,
    )
