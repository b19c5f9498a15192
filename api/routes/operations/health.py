from fastapi import APIRouter, Request
from starlette.responses import Response

from api.http.json_answers import json_answer
from api.openapi import json_of
from api.schemas.health import Alive, Health
from api.state import state_of

router = APIRouter(prefix="/health", tags=["operations"])


@router.get("/live", responses={200: json_of(Alive, "The process answers.")})
def read_live() -> Response:
    """Say that the process lives; restart it if this fails."""
    return json_answer(Alive(alive=True))


@router.get(
    "/ready",
    responses={
        200: json_of(Health, "Events can be taken."),
        503: json_of(Health, "Events cannot be taken now, or not those of everybody."),
    },
)
async def read_ready(request: Request) -> Response:
    """Say of each dependency how it is, as of the last second; 503 is for an alarm.

    Where operations have a port of their own, the public one only says yes or no.
    """
    health = await state_of(request.scope).readiness.health()
    if not request.app.state.shows_operations:
        health = Health(health.ready, {})
    return json_answer(health, 200 if health.ready else 503)
