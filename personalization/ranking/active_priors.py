"""The active generation as the ranking reads it: cached lists, refreshed when it changes."""

import time
from collections.abc import Mapping, Sequence

from personalization.domain.errors import NoActiveGenerationError, StoreUnavailableError
from personalization.domain.prior import Generation, PriorKey, RankedList
from personalization.ports.prior_store import PriorStore
from personalization.telemetry.metrics import STORE_FAILURES

Strengths = dict[str, float]
"""Member id of a list -> strength."""
REFRESH_SECONDS = 2.0
"""How soon a promotion is noticed; one pointer read per this long."""
CACHED_LISTS = 200_000
"""About 200 MB of lists of fifty members at the most."""


class ActivePriors:
    """Reads lists of the active generation and goes on from its cache when the store is away.

    Not more than one thread should refresh, but readers may share it: its state is replaced,
    never edited.
    """

    def __init__(self, store: PriorStore) -> None:
        self._store = store
        self._generation: Generation | None = None
        self._lists: dict[PriorKey, RankedList] = {}
        self._strengths: dict[PriorKey, Strengths] = {}
        self._looked_at = float("-inf")

    def generation(self) -> Generation:
        """Return the active generation.

        Raises `NoActiveGenerationError` before the first promotion.
        """
        if time.monotonic() - self._looked_at >= REFRESH_SECONDS:
            self._refresh()
        if self._generation is None:
            raise NoActiveGenerationError
        return self._generation

    def read_many(self, keys: Sequence[PriorKey]) -> Mapping[PriorKey, RankedList]:
        """Return a list for every key; one that the generation lacks is empty."""
        generation = self.generation()
        lists = self._lists
        missing = [key for key in keys if key not in lists]
        if missing:
            found = self._store.read_many(generation.generation_id, missing)
            if len(lists) + len(missing) > CACHED_LISTS:
                lists = self._lists = {}
            for key in missing:
                lists[key] = found.get(key, ())
        return {key: lists.get(key, ()) for key in keys}

    def read(self, key: PriorKey) -> RankedList:
        """Return one list, empty where the generation lacks it."""
        return self.read_many((key,))[key]

    def strengths(self, keys: Sequence[PriorKey]) -> Mapping[PriorKey, Strengths]:
        """Return member id -> strength for at least these keys, a missing list being empty."""
        self.generation()
        known = self._strengths
        missing = [key for key in keys if key not in known]
        if missing:
            if len(known) + len(missing) > CACHED_LISTS:
                known = self._strengths = {}
                missing = list(keys)
            for key, members in self.read_many(missing).items():
                known[key] = {one.member_id: one.strength for one in members}
        return known

    def _refresh(self) -> None:
        self._looked_at = time.monotonic()
        try:
            active = self._store.active()
        except StoreUnavailableError:
            STORE_FAILURES.labels("priors").inc()
            if self._generation is None:
                raise
            return
        current = self._generation and self._generation.generation_id
        if active is not None and active.generation_id != current:
            self._lists, self._strengths = {}, {}
            self._generation = active
