"""Which route a request is for, and what that route needs."""

from collections import defaultdict
from collections.abc import Mapping
from re import Pattern
from typing import NamedTuple

from fastapi.routing import RouteContext
from starlette.applications import Starlette
from starlette.routing import Router

from api.keys.route_needs import ROUTE_NEEDS, Need, need_of
from api.keys.route_tree import RouteTree

_Head = tuple[str | None, str | None]
"""The first two segments of a path; None is any."""


class NeededRoute(NamedTuple):
    place: int
    """The router takes the first route that matches."""
    route: RouteContext
    path: str
    """The template, with the prefixes of the routers that include it."""
    pattern: Pattern[str]
    needs: Mapping[str, Need | None]
    """By method."""


class RouteIndex:
    """Finds routes as the router does, which tries them all, by the beginnings of their paths."""

    def __init__(self, router: Router, rows: Mapping[tuple[str, str], Need] = ROUTE_NEEDS) -> None:
        self._tree = RouteTree(router)
        self._by_head: dict[_Head, list[NeededRoute]] = defaultdict(list)
        for place, route in enumerate(self._tree.routes):
            path = route.path or ""
            needs = {method: need_of(method, path, rows) for method in route.methods or ()}
            needed = NeededRoute(place, route, path, route.path_regex, needs)
            self._by_head[_head_of(path)].append(needed)
        self._tried: dict[_Head, list[NeededRoute]] = {
            head: self._all_for(head) for head in (*self._by_head, (None, None))
        }

    def is_whole(self) -> bool:
        """Return whether the router, and those that it includes, have no other routes by now."""
        return self._tree.is_whole()

    def find(self, method: str, path: str) -> NeededRoute | None:
        """Return the route that will answer, None for paths and methods that no route has."""
        for needed in self._candidates(path):
            if method in needed.needs and needed.pattern.match(path):
                return needed
        return None

    def needs_at(self, path: str) -> dict[str, Need | None]:
        """Return what each method of a path needs."""
        needs: dict[str, Need | None] = {}
        for needed in self._candidates(path):
            if needed.pattern.match(path):
                needs = {**needed.needs, **needs}
        return needs

    def without_row(self) -> list[tuple[str, str]]:
        """Return methods and templates of the routes that no row speaks of."""
        return [
            (method, needed.path)
            for group in self._by_head.values()
            for needed in group
            for method, need in sorted(needed.needs.items())
            if need is None
        ]

    def _candidates(self, path: str) -> list[NeededRoute]:
        first, second = _segments(path)
        tried = self._tried
        return tried.get((first, second)) or tried.get((first, None)) or tried[None, None]

    def _all_for(self, head: _Head) -> list[NeededRoute]:
        heads = {head, (head[0], None), (None, None)}
        found = [needed for known in heads for needed in self._by_head.get(known, ())]
        return sorted(found, key=lambda needed: needed.place)


class AppRoutes:
    """The index of an application's routes, made anew where one was added."""

    def __init__(self) -> None:
        self._index: RouteIndex | None = None

    def of(self, app: Starlette) -> RouteIndex:
        index = self._index
        if index is None or not index.is_whole():
            index = self._index = RouteIndex(app.router)
        return index


def _segments(path: str) -> tuple[str, str]:
    parts = path.split("/", 3)
    return parts[1] if len(parts) > 1 else "", parts[2] if len(parts) > 2 else ""  # noqa: PLR2004 - the second


def _head_of(template: str) -> _Head:
    first, second = _segments(template)
    if "{" in first:
        return None, None
    return first, None if "{" in second else second
