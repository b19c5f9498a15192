"""Generations of priors: written whole, checked, then promoted by one pointer."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from personalization.domain.identifiers import GenerationId, UserId
from personalization.domain.lists.list_columns import ListColumns
from personalization.domain.prior import Generation, PriorKey, RankedList


class PriorStore(Protocol):
    def write_many(
        self, generation_id: GenerationId, lists: Iterable[tuple[PriorKey, RankedList]]
    ) -> None:
        """Store lists of a generation that is not promoted yet; a rewrite replaces a list."""

    def write_whole(self, generation_id: GenerationId, lists: Iterable[ListColumns]) -> None:
        """Store all lists of a generation that is not promoted yet, in place of what it had.

        A key comes once in a table. Holds a few batches at a time, whatever the size of the whole.
        """

    def read_many(
        self, generation_id: GenerationId, keys: Sequence[PriorKey]
    ) -> Mapping[PriorKey, RankedList]: ...

    def keys(self, generation_id: GenerationId, limit: int) -> Sequence[PriorKey]:
        """Return the keys of at most so many of the generation's lists, in any order.

        Lists of users (`OF_USERS`) are not among them.
        """

    def users(self, generation_id: GenerationId) -> Iterator[UserId]:
        """Yield whose lists of users the generation has; somebody may come twice."""

    def erase(
        self, keys: Collection[PriorKey], spared: Collection[GenerationId] = ()
    ) -> Mapping[PriorKey, int]:
        """Remove lists of users from all generations but some, of which somebody may be reading.

        Return from how many generations each was removed, if from any. What is removed is nowhere
        in the store's files any more.
        """

    def write_index(self, generation_id: GenerationId, chunks: Iterable[bytes]) -> None:
        """Store the session index of a generation that is not promoted yet; a rewrite replaces it.

        A chunk has at most some hundred kilobytes.
        """

    def read_index(self, generation_id: GenerationId) -> Sequence[bytes]:
        """Return the chunks as they were written; none where the generation has no index."""

    def register(self, generation: Generation) -> None:
        """Store the description of a generation that is complete."""

    def promote(self, generation_id: GenerationId) -> None:
        """Make a generation the active one; `GenerationRejectedError` if it is not registered."""

    def active(self) -> Generation | None: ...

    def generations(self) -> Sequence[Generation]:
        """Return the registered generations, newest first."""

    def discard(self, generation_id: GenerationId) -> None:
        """Delete a generation whole; `GenerationRejectedError` for the active one.

        Nobody who writes meanwhile waits for it.
        """
