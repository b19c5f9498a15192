"""All routes below a router: an included router stands for its own, and may be given more later."""

from collections.abc import Iterator
from typing import Final

from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import BaseRoute, Route, Router

_INCLUDED: Final = "original_router"
"""Where the route that stands for an included router has that router."""
_AFTER_ALL: Final = "_low_priority_routes"
"""Where FastAPI has what it tries after every route: folders of files (`frontend`)."""


class RouteTree:
    """Raises `TypeError` where a router answers something that no row of needs can stand for."""

    def __init__(self, root: Router) -> None:
        routers = list(_routers(root))
        self._lists = [router.routes for router in routers]
        self._lists += [getattr(router, _AFTER_ALL, []) for router in routers]
        self._count = self._route_count()
        self.routes = list(iter_route_contexts(root.routes))
        """In the order in which they are tried, under the paths that they have here."""
        found: list[BaseRoute | RouteContext] = [*self.routes, *_after_all(routers)]
        for route in found:
            if not _can_have_row(route):
                raise TypeError(f"no row of the table of needs can stand for {route!r}")
        # Each router but the first is a route of another one.
        if len(self.routes) != self._count - (len(routers) - 1):
            raise TypeError("an included router has routes that cannot be found here")

    def is_whole(self) -> bool:
        """Return whether no router was given more, or less, since this was made."""
        return self._route_count() == self._count

    def _route_count(self) -> int:
        return sum(map(len, self._lists))


def _routers(root: Router) -> Iterator[Router]:
    yield root
    for route in root.routes:
        included = getattr(route, _INCLUDED, None)
        if isinstance(included, Router):
            yield from _routers(included)


def _after_all(routers: list[Router]) -> Iterator[BaseRoute]:
    for router in routers:
        yield from getattr(router, _AFTER_ALL, [])


def _can_have_row(route: BaseRoute | RouteContext) -> bool:
    if not isinstance(route, RouteContext):
        return False
    return isinstance(route.original_route, Route) and bool(route.path and route.methods)
