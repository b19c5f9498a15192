from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from personalization.domain.identifiers import UserId


class PeopleStore(Protocol):
    """The shop's own id of each person, encrypted, by the pseudonym."""

    def add(self, people: Mapping[UserId, bytes]) -> None:
        """Store encrypted ids; one that is there is replaced."""

    def read_many(self, user_ids: Sequence[UserId]) -> Mapping[UserId, bytes]:
        """Return the encrypted ids; a person who is not there is absent."""

    def forget(self, user_ids: Sequence[UserId]) -> None:
        """Remove people: from then on their pseudonyms lead back to nobody."""

    def pages(self) -> Iterator[Mapping[UserId, bytes]]:
        """Yield everybody, some at a time, in no order of people."""
