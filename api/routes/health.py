from fastapi import APIRouter, Request
from starlette.responses import Response

from api.health_checks import health_of
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
        503: json_of(Health, "The log cannot take events now."),
    },
)
def read_ready(request: Request) -> Response:
    """Say of each dependency how it is; send traffic elsewhere while this is 503."""
    health = health_of(state_of(request.scope))
    return json_answer(health, 200 if health.ready else 503)
