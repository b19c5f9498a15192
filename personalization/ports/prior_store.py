"""Generations of priors: written whole, checked, then promoted by one pointer."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from personalization.domain.identifiers import GenerationId
from personalization.domain.prior import Generation, PriorKey, RankedList


class PriorStore(Protocol):
    """Ranked lists by generation, table and key."""

    def write_many(
        self, generation_id: GenerationId, lists: Iterable[tuple[PriorKey, RankedList]]
    ) -> None:
        """Store lists of a generation that is not promoted yet; a rewrite replaces a list."""

    def read_many(
        self, generation_id: GenerationId, keys: Sequence[PriorKey]
    ) -> Mapping[PriorKey, RankedList]:
        """Return the lists that exist."""

    def keys(self, generation_id: GenerationId, limit: int) -> Sequence[PriorKey]:
        """Return the keys of at most so many of the generation's lists, in any order."""

    def register(self, generation: Generation) -> None:
        """Store the description of a generation that is complete."""

    def promote(self, generation_id: GenerationId) -> None:
        """Make a registered generation the active one.

        Raises `GenerationRejectedError` if it is not registered.
        """

    def active(self) -> Generation | None:
        """Return the active generation, or None before the first night."""

    def generations(self) -> Sequence[Generation]:
        """Return the registered generations, newest first."""

    def discard(self, generation_id: GenerationId) -> None:
        """Delete a generation whole.

        Raises `GenerationRejectedError` for the active one.
        """
