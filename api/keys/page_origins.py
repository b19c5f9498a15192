"""Whose pages may call with some publishable key: what a preflight is asked before the key."""

from collections.abc import Callable
from datetime import datetime

from personalization.domain.clock import FIRST_MOMENT, LAST_MOMENT
from personalization.keys.current_keys import CurrentKeys
from personalization.keys.key_book import KeyBook, end_of
from personalization.keys.origins import spellings


class PageOrigins:
    """The origins of all publishable keys, put together when a key is changed or has ended."""

    def __init__(self, keys: CurrentKeys, now: Callable[[], datetime]) -> None:
        self._keys = keys
        self._now = now
        self._book = KeyBook()
        self._until = FIRST_MOMENT
        self._known: frozenset[str] = frozenset()

    def include(self, origin: str) -> bool:
        """Say whether an `Origin` is that of a page with a key, whichever it is."""
        now, book = self._now(), self._keys.book()
        if book is not self._book or now >= self._until:
            self._book = book
            holding = [key for key in self._keys.holding(now) if key.origins]
            self._until = min(map(end_of, holding), default=LAST_MOMENT)
            self._known = frozenset(bound for key in holding for bound in key.origins)
        return not self._known.isdisjoint(spellings(origin))
