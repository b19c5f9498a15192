"""No route is out of the table's sight because another router includes it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest
from fastapi import APIRouter, FastAPI, WebSocket
from starlette.responses import Response
from starlette.routing import Mount, Route

from api.keys.route_index import AppRoutes, RouteIndex
from api.keys.route_needs import PUBLIC, Need
from personalization.domain.access.api_key import Scope

ROWS: Final[Mapping[tuple[str, str], Need]] = {
    ("GET", "/shop/v1/a/{x}"): Scope.TRACK,
    ("GET", "/v1/a/{x}"): PUBLIC,
}


def _answer() -> str:
    return ""


def _router(path: str = "/a/{x}") -> APIRouter:
    router = APIRouter(prefix="/v1")
    router.add_api_route(path, _answer)
    return router


def _app_with(router: APIRouter) -> FastAPI:
    app = FastAPI(openapi_url=None)
    outer = APIRouter()
    outer.include_router(router)
    app.include_router(outer)
    return app


def _need(index: RouteIndex, path: str) -> object:
    found = index.find("GET", path)
    return found and (found.path, found.needs["GET"])


def test_a_router_that_is_included_twice_has_the_needs_of_each_place() -> None:
    app = FastAPI(openapi_url=None)
    router = _router()
    outer = APIRouter(prefix="/shop")
    outer.include_router(router)
    app.include_router(outer)
    app.include_router(router)

    index = RouteIndex(app.router, ROWS)

    assert _need(index, "/shop/v1/a/1") == ("/shop/v1/a/{x}", Scope.TRACK)
    assert _need(index, "/v1/a/1") == ("/v1/a/{x}", PUBLIC)
    assert index.without_row() == []


def test_an_included_route_without_a_row_is_found_and_closed() -> None:
    index = RouteIndex(_app_with(_router("/b")).router, ROWS)

    assert _need(index, "/v1/b") == ("/v1/b", None)
    assert index.without_row() == [("GET", "/v1/b")]


def test_the_first_route_that_matches_is_the_one_that_answers() -> None:
    app = FastAPI(openapi_url=None)
    app.include_router(_router("/a/b"))
    app.include_router(_router())

    assert _need(RouteIndex(app.router, ROWS), "/v1/a/b") == ("/v1/a/b", None)


def test_a_route_that_an_included_router_is_given_later_is_found_and_closed() -> None:
    router = _router()
    app, routes = _app_with(router), AppRoutes()
    first = routes.of(app)
    assert first.find("GET", "/v1/late") is None
    assert routes.of(app) is first

    router.add_api_route("/late", _answer)

    assert _need(routes.of(app), "/v1/late") == ("/v1/late", None)


def _add_socket(router: APIRouter) -> None:
    async def answer(socket: WebSocket) -> None:
        await socket.accept()

    router.add_api_websocket_route("/socket", answer)


def _add_mount(router: APIRouter) -> None:
    router.routes.append(Mount("/m", routes=[Route("/a", lambda _: Response())]))


def _add_folder(router: APIRouter) -> None:
    router.frontend("/files", directory=Path(__file__).parent)


@pytest.mark.parametrize("add", [_add_socket, _add_mount, _add_folder])
def test_what_no_row_can_stand_for_is_refused_at_once_and_when_it_comes_later(
    add: Callable[[APIRouter], None],
) -> None:
    router = _router()
    late, routes = _app_with(router), AppRoutes()
    routes.of(late)

    add(router)

    with pytest.raises(TypeError, match="no row of the table of needs can stand for"):
        RouteIndex(_app_with(router).router)
    with pytest.raises(TypeError):
        routes.of(late)


def test_files_that_the_application_itself_answers_with_are_refused() -> None:
    app, routes = FastAPI(openapi_url=None), AppRoutes()
    routes.of(app)

    app.frontend("/", directory=Path(__file__).parent)

    with pytest.raises(TypeError, match="no row of the table of needs can stand for"):
        routes.of(app)
