"""What operators look at, on a port of its own where one is set."""

from fastapi import FastAPI

from api.errors import HANDLERS
from api.http.access_log import AccessLog
from api.http.sender_check import SenderCheck
from api.http.service_app import NO_SPANS, ServiceApp
from api.keys.key_check import OPERATIONS_PORT, KeyCheck, NoKeys
from api.keys.key_gate import KeyGate
from api.keys.route_index import AppRoutes
from api.routes.operations import docs, health, metrics
from api.state import ApiState


def create_operations_app(public: FastAPI) -> FastAPI:
    """Return metrics, documentation and the details of readiness of the public application."""
    app = ServiceApp(
        telemetry=NO_SPANS,
        exception_handlers=HANDLERS,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.api = public.state.api
    app.state.public = public
    app.state.shows_operations = True
    for noun in (docs, health, metrics):
        app.include_router(noun.router)
    state: ApiState = public.state.api
    settings = state.services.settings
    app.add_middleware(
        KeyGate,
        check=KeyCheck(NoKeys(), state.services.clock.now, OPERATIONS_PORT),
        routes=AppRoutes(),
        limits=state.key_limits,
    )
    app.add_middleware(
        SenderCheck, settings=settings.model_copy(update={"host": settings.operations_address[0]})
    )
    app.add_middleware(AccessLog)
    return app
