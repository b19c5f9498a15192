"""Ends what was opened with a key that no longer holds."""

import asyncio
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from datetime import datetime

from personalization.domain.access.api_key import KeyId
from personalization.keys.current_keys import LOOK_SECONDS, CurrentKeys
from personalization.keys.key_book import KeyBook


class KeyWatch:
    """Says which keys hold whenever they are others: revoked, run out, or new."""

    def __init__(
        self,
        keys: CurrentKeys,
        now: Callable[[], datetime],
        on_others: Callable[[AbstractSet[KeyId]], None],
    ) -> None:
        self._keys = keys
        self._now = now
        self._on_others = on_others
        self._seen: tuple[KeyBook, frozenset[KeyId]] = (KeyBook(), frozenset())

    async def run(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(LOOK_SECONDS)

    def look(self) -> None:
        held = frozenset(key.key_id for key in self._keys.holding(self._now()))
        # Of another book as well: a key may have come and gone between two looks.
        book, before = self._seen
        newest = self._keys.book()
        if newest is not book or held != before:
            self._seen = (newest, held)
            self._on_others(held)
