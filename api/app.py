import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.routing import Route

from api.errors import HANDLERS
from api.hot_requests import HotRequests
from api.http.access_log import AccessLog
from api.http.raw_paths import RawPaths
from api.http.sender_check import SenderCheck
from api.http.service_app import NO_SPANS, ServiceApp
from api.keys.cross_site import CrossSite
from api.keys.key_gate import KeyGate
from api.keys.route_index import AppRoutes
from api.openapi import complete_openapi
from api.profiles.profile_answer import PROFILE_ROUTE
from api.routes import (
    categories,
    client_files,
    consent,
    erasures,
    explanations,
    page,
    person_export,
    pictures,
    placements,
    products,
    sample_shoppers,
    search,
    sessions,
    users,
)
from api.routes.admin import ADMIN_NOUNS
from api.routes.catalogue import CATALOGUE_NOUNS
from api.routes.catalogue.bulk import (
    AVAILABILITY_ROUTE,
    PRODUCTS_ROUTE,
    ReplaceProducts,
    WriteAvailability,
    bulk_paths,
)
from api.routes.operations import docs, health, metrics
from api.routes.profiles import profile
from api.routes.recommendation_document import recommendation_paths
from api.routes.recommendations import RANK_ROUTE, ROWS_ROUTE, rank, recommend
from api.routes.stream import ProfileStream
from api.routes.track import track
from api.state import ApiServices, ApiState, build_state
from api.tracking.early_refusal import TRACK_ROUTE, EarlyRefusal

VERSION = "0.1.0"
_LOG = logging.getLogger(__name__)


def create_app(services: ApiServices) -> FastAPI:
    """Return the application over the services; its lifespan starts and stops the streams."""
    state = build_state(services)

    app = ServiceApp(
        telemetry=NO_SPANS,
        title="Fitting Room",
        summary="Events in, personal profiles out.",
        version=VERSION,
        lifespan=partial(_run, state),
        exception_handlers={**HANDLERS, HTTPException: page.on_http_error},
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.api = state
    app.state.public = app
    app.state.hot_requests = HotRequests(state)
    app.state.shows_operations = services.settings.operations_port is None
    _add_routes(app)
    plain_paths = bulk_paths() | recommendation_paths(ROWS_ROUTE, RANK_ROUTE)
    app.openapi = lambda: complete_openapi(app, plain_paths)  # type: ignore[method-assign]
    _add_middleware(app, state)
    return app


READ_SECONDS: Final = 5.0
"""Most catalogues are read by then. Of others rows without a filter are answered meanwhile."""


@asynccontextmanager
async def _run(state: ApiState, _: FastAPI) -> AsyncIterator[None]:
    services = state.services
    if services.settings.sample_shoppers:
        _LOG.warning("anybody may log in as a sample shopper: this is no shop for real people")
    if services.site.fault:
        _LOG.warning("no storefront is served: %s %s", services.site.fault, page.HOW_TO_BUILD)
    await asyncio.to_thread(services.keys.start)
    services.columns.start()
    await asyncio.to_thread(services.columns.wait, READ_SECONDS)
    state.hub.start()
    # Before the first request: none is let in by a token that was taken back.
    await state.revocations.look()
    watches = [
        asyncio.create_task(state.watch.run(), name="rules watch"),
        asyncio.create_task(state.revocations.run(), name="revocation watch"),
        asyncio.create_task(state.key_watch.run(), name="key watch"),
        asyncio.create_task(state.settlement.run(), name="key settlement"),
    ]
    # Beside the first requests: a cold start reads some hundred lists.
    reading = asyncio.create_task(asyncio.to_thread(services.profile_maker.warm))
    try:
        yield
    finally:
        for watching in watches:
            watching.cancel()
        await asyncio.wait(watches)
        await reading
        await state.hub.stop()
        await state.settlement.settle()
        await asyncio.to_thread(services.columns.close)
        await asyncio.to_thread(services.keys.stop)


def _add_routes(app: FastAPI) -> None:
    stream = Route(f"{PROFILE_ROUTE}/stream", ProfileStream(), methods=["GET"])
    # Starlette adds HEAD to every GET, but what this one sends has no end.
    stream.methods = {"GET"}
    # The hot routes are plain Starlette, first in line: no dependency system, no models.
    app.router.routes[:0] = [
        Route(TRACK_ROUTE, track, methods=["POST"]),
        Route(PROFILE_ROUTE, profile),
        Route(ROWS_ROUTE, recommend, methods=["POST"]),
        Route(RANK_ROUTE, rank, methods=["POST"]),
        stream,
        Route(PRODUCTS_ROUTE, ReplaceProducts(), methods=["PUT"]),
        Route(AVAILABILITY_ROUTE, WriteAvailability(), methods=["POST"]),
    ]
    pages = (
        explanations,
        placements,
        sessions,
        consent,
        erasures,
        person_export,
        users,
        sample_shoppers,
        health,
        client_files,
        page,
        pictures,
    )
    for noun in (products, categories, search, *CATALOGUE_NOUNS, *pages, *ADMIN_NOUNS):
        app.include_router(noun.router)
    if app.state.shows_operations:
        app.include_router(metrics.router)
        app.include_router(docs.router)


def _add_middleware(app: FastAPI, state: ApiState) -> None:
    settings = state.services.settings
    # The last one stands outermost: what the others refuse is logged as well.
    app.add_middleware(SenderCheck, settings=settings)
    app.add_middleware(EarlyRefusal, refusals=state.refusals)
    routes = AppRoutes()
    app.add_middleware(KeyGate, check=state.key_check, routes=routes, limits=state.key_limits)
    app.add_middleware(
        CrossSite, listed=settings.allowed_origins, origins=state.page_origins, routes=routes
    )
    app.add_middleware(RawPaths)
    app.add_middleware(AccessLog)
    # Now, so that a route that no row can stand for ends the start and not each request.
    routes.of(app)
