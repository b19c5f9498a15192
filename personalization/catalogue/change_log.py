"""Which products a process has seen change, so that only what shows them is made anew."""

from collections import deque
from collections.abc import Set as AbstractSet
from threading import Lock
from typing import Final

from personalization.domain.identifiers import ProductId

NO_CHANGE: Final = 0
KEPT_CHANGES: Final = 64
"""Sets of changes that came together: half a minute of a shop where something always changes."""
MOST_KEPT: Final = 2_000
"""Products of one such set; of more it is only known that there were some."""


class ChangeLog:
    """Numbers the changes; any number of threads may use it."""

    def __init__(self) -> None:
        self.version = NO_CHANGE
        self._kept: deque[tuple[int, AbstractSet[ProductId] | None]] = deque(maxlen=KEPT_CHANGES)
        self._writing = Lock()

    def note(self, product_ids: AbstractSet[ProductId]) -> None:
        if product_ids:
            self._note(product_ids if len(product_ids) <= MOST_KEPT else None)

    def note_all(self) -> None:
        self._note(None)

    def changed_since(self, version: int) -> AbstractSet[ProductId] | None:
        """Return what changed after a version; None for anything, or where it is too long ago."""
        if version == self.version:
            return frozenset()
        newer = [(number, ids) for number, ids in tuple(self._kept) if number > version]
        if not newer or newer[0][0] != version + 1:
            return None
        changed: set[ProductId] = set()
        for _, ids in newer:
            if ids is None:
                return None
            changed |= ids
        return changed

    def _note(self, product_ids: AbstractSet[ProductId] | None) -> None:
        with self._writing:
            version = self.version + 1
            # Before the version, so that who has seen it finds what it was about.
            self._kept.append((version, product_ids))
            self.version = version
