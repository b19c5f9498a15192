"""What was viewed before the held-out sessions: what baselines learn from, and slices ask."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from personalization.domain.event import Event, EventType


@dataclass(frozen=True, slots=True)
class PastViews:
    sessions: Sequence[Sequence[str]]
    """The viewed products of each session in order; sessions by their last view."""
    first_seen: Mapping[str, datetime]
    """Product -> its first view."""
    users: frozenset[str]
    """Those who were known in any session."""
    views_by_region: Mapping[str, Counter[str]]
    """Region, or nothing where it is unknown -> product -> views."""


class PastCollector:
    """Takes events in any order; those of equal times stay as they came."""

    def __init__(self) -> None:
        self._views: dict[str, list[tuple[datetime, str]]] = {}
        self._first_seen: dict[str, datetime] = {}
        self._users: set[str] = set()
        self._views_by_region: dict[str, Counter[str]] = {}

    def add(self, event: Event) -> None:
        if event.user_id is not None:
            self._users.add(event.user_id)
        if event.type is not EventType.PRODUCT_VIEW:
            return
        product, moment = str(event.product_id), event.occurred_at
        self._views.setdefault(event.session_id, []).append((moment, product))
        self._views_by_region.setdefault(event.region or "", Counter())[product] += 1
        if product not in self._first_seen or moment < self._first_seen[product]:
            self._first_seen[product] = moment

    def collect(self) -> PastViews:
        for views in self._views.values():
            views.sort(key=lambda view: view[0])
        by_end = sorted(self._views.values(), key=lambda views: views[-1][0])
        sessions = [[product for _, product in views] for views in by_end]
        users = frozenset(self._users)
        return PastViews(sessions, self._first_seen, users, self._views_by_region)
