from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from personalization.domain.identifiers import SessionId


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """A profile encoded once: `body` is the JSON that goes to the page as it is."""

    version: int
    body: bytes


class ProfileStore(Protocol):
    """Profiles by session, each with a time to live; an older version never wins."""

    def write_many(self, profiles: Mapping[SessionId, StoredProfile]) -> None:
        """Store the profiles, except those whose stored version is the same or newer."""

    def read_many(self, session_ids: Sequence[SessionId]) -> Mapping[SessionId, StoredProfile]:
        """Return the profiles that exist and have not expired."""
