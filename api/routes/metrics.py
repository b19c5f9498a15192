"""`GET /metrics` for Prometheus; the names are in `personalization/telemetry/metrics.py`."""

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import PlainTextResponse, Response

router = APIRouter(tags=["operations"])


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses={
        200: {
            "description": "All metrics of the process.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    },
)
def read_metrics() -> Response:
    """Return the metrics in Prometheus' text form."""
    return Response(generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})
