"""Tells that a session's profile changed. A hint: the versioned profile is the truth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from personalization.domain.identifiers import SessionId


@dataclass(frozen=True, slots=True)
class ProfileChanged:
    session_id: SessionId
    version: int


class Subscription(Protocol):
    def close(self) -> None: ...


class Notifier(Protocol):
    def publish(self, changes: Sequence[ProfileChanged]) -> None: ...

    def subscribe(
        self, on_changes: Callable[[Sequence[ProfileChanged]], None], on_gap: Callable[[], None]
    ) -> Subscription:
        """Call `on_changes`, on a thread of the adapter's, for everything published from now on.

        `on_gap` is called after a connection was lost and found again: changes may have been
        missed, and whoever caches must read again.
        """
