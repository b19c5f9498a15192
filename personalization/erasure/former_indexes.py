"""Takes erased visits out of the session indexes of generations that are kept to roll back to."""

import logging
from dataclasses import dataclass, field
from typing import Final

from personalization.domain.identifiers import GenerationId
from personalization.domain.prior import SESSION_INDEX
from personalization.erasure.store_eraser import Erased, ErasedPeople
from personalization.neighbours.erasures import (
    empty_sessions,
    read_erasures,
    session_digest,
    sessions_with_products,
)
from personalization.neighbours.index_bytes import (
    DamagedIndexError,
    chunks_of,
    decode_index,
    encode_index,
    join_chunks,
)
from personalization.ports.plan_store import PlanStore
from personalization.ports.prior_store import PriorStore

_LOG: Final = logging.getLogger(__name__)


@dataclass(slots=True)
class FormerIndexes:
    """Of one night: each index is read once, however many requests there are.

    What a visit saw is removed, wherever it stands. Its keyed digest, which the list of erased
    visits has as well, stays: by it a decision that was made without the visit is made again.
    """

    priors: PriorStore
    plans: PlanStore
    _emptied: dict[GenerationId, frozenset[str]] | None = field(init=False, default=None)
    """Digests by generation."""
    _unsearched: int = field(init=False, default=0)

    def erase(self, people: ErasedPeople) -> Erased:
        """Raise `StoreUnavailableError`."""
        erasures = read_erasures(self.plans)
        if self._emptied is None:
            self._unsearched = 0
            self._emptied = {
                generation_id: emptied
                for generation_id in self._former()
                if (emptied := self._empty(generation_id, erasures.sessions()))
            }
        digests = {session_digest(erasures.key, name) for name in people.sessions}
        removed = sum(len(digests & emptied) for emptied in self._emptied.values())
        return Erased(removed, self._words_of_rest())

    def _former(self) -> list[GenerationId]:
        active = self.priors.active()
        return [
            generation.generation_id
            for generation in self.priors.generations()
            if SESSION_INDEX in generation.rows_by_table and generation != active
        ]

    def _empty(self, generation_id: GenerationId, erased: frozenset[str]) -> frozenset[str]:
        try:
            index = decode_index(join_chunks(self.priors.read_index(generation_id)))
        except DamagedIndexError:
            # Nobody can ask it, and it goes with its generation.
            _LOG.exception("session index of %s", generation_id)
            return frozenset()
        if not len(index.digests):
            self._unsearched += 1
        here = sessions_with_products(index, erased)
        if here:
            emptied = empty_sessions(index, here)
            self.priors.write_index(generation_id, chunks_of(encode_index(emptied)))
        return here

    def _words_of_rest(self) -> str:
        if not self._unsearched:
            return ""
        of_release = f"{self._unsearched} indexes of a former release, which name nobody"
        return f"{of_release}; gone as newer nights take their place"
