"""`GET /metrics` for Prometheus; the names are in `personalization/telemetry/metrics.py`."""

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from api.merged_metrics import merged_metrics
from api.state import ApiState

router = APIRouter(tags=["operations"])


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses={
        200: {
            "description": "All metrics of the processes of the API, and of the roles beside it.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    },
)
def read_metrics(request: Request) -> Response:
    """Return the metrics in Prometheus' text form."""
    state: ApiState = request.app.state.api
    page = merged_metrics(state.services.other_metrics())
    return Response(page, headers={"content-type": CONTENT_TYPE_LATEST})
