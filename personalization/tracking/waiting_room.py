"""How many events may wait for products that are not known yet: anybody can make ids up."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

from personalization.domain.identifiers import SessionId
from personalization.ports.waiting_events import WaitingEvent, WaitingEventStore, WaitingPlace
from personalization.settings.waiting_events import WaitingEventSettings

LOOK_SECONDS: Final = 1.0
"""How long a process goes by what it knows of the whole shop."""


@dataclass(frozen=True, slots=True)
class _Usage:
    events: int = 0
    size: int = 0

    @classmethod
    def of(cls, places: Iterable[WaitingPlace]) -> "_Usage":
        sizes = [place.size for place in places]
        return cls(len(sizes), sum(sizes))

    def plus(self, place: WaitingPlace) -> "_Usage":
        return _Usage(self.events + 1, self.size + place.size)

    def is_within(self, events: int, size: int) -> bool:
        return self.events <= events and self.size <= size


class WaitingRoom:
    """Lets in what fits and keeps it; any number of threads may ask. All calls block."""

    def __init__(
        self,
        store: WaitingEventStore,
        settings: WaitingEventSettings,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self.hours = settings.hours
        self._settings = settings
        self._seconds = seconds
        self._looked_at = float("-inf")
        self._of_shop = _Usage()
        self._looking = Lock()

    def admit(self, session_id: SessionId, places: Sequence[WaitingPlace]) -> list[str | None]:
        """Return for each event of a session why it may not wait, None where it may.

        What may is counted from now on. Raises `StoreUnavailableError`.
        """
        kept = self._store.places_of(session_id)
        known, of_session = {place.event_id for place in kept}, _Usage.of(kept)
        answers: list[str | None] = []
        with self._looking:
            self._look()
            for place in places:
                session, shop = of_session.plus(place), self._of_shop.plus(place)
                why = None if place.event_id in known else self._fault(session, shop)
                answers.append(why)
                if why is None and place.event_id not in known:
                    known.add(place.event_id)
                    of_session, self._of_shop = session, shop
        return answers

    def forget(self, session_id: SessionId) -> None:
        """Let nothing of a session wait any more."""
        self._store.remove(self._store.places_of(session_id))

    def keep(self, events: Sequence[WaitingEvent]) -> None:
        self._store.write(events)

    def _fault(self, session: _Usage, shop: _Usage) -> str | None:
        settings = self._settings
        if not session.is_within(settings.session_events, settings.session_kib * 2**10):
            return "as many events of this session wait for unknown products as may"
        if not shop.is_within(settings.shop_events, settings.shop_mib * 2**20):
            return "as many events wait for unknown products as may"
        return None

    def _look(self) -> None:
        now = self._seconds()
        if now - self._looked_at >= LOOK_SECONDS:
            self._of_shop = _Usage.of(self._store.places())
            self._looked_at = self._seconds()
