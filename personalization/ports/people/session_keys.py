from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NewType, Protocol

from personalization.domain.identifiers import SessionId

SessionKeyId = NewType("SessionKeyId", bytes)
"""16 random bytes: without the store they lead to no session."""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A key of one session, encrypted by a key of privacy."""

    key_id: SessionKeyId
    session_id: SessionId
    wrapped: bytes
    """Empty once it is destroyed, and where records carry it with them."""
    is_carried: bool = False
    """Whether records have it: the store was away when they were written."""


@dataclass(frozen=True, slots=True)
class DestroyedKeys:
    destroyed: int
    carried: int = 0
    """Those that records have with them."""


class SessionKeyStore(Protocol):
    """Keys by which a log that cannot forget was encrypted. All calls block.

    What was destroyed stays known as destroyed for as long as a key would have been kept, so that
    a key that is not there yet is told from one that will never be again.
    """

    def add(self, keys: Sequence[WrappedKey]) -> None:
        """Store new keys; after `StoreUnavailableError` all may be stored again."""

    def read_many(self, key_ids: Sequence[SessionKeyId]) -> Mapping[SessionKeyId, bytes]:
        """Return wrapped keys: empty for one that was destroyed, absent for one never seen."""

    def destroy(self, session_ids: Sequence[SessionId]) -> DestroyedKeys:
        """Destroy all keys of sessions; the counts are of keys that were still there."""

    def pages(self) -> Iterator[Sequence[bytes]]:
        """Yield what is stored, wrapped, some at a time."""
