"""What erases people from one store, and which of the running stores' places it is answerable for.

A place is a table, topic, kind of key or file, as the running store names it: `history/events`,
`topic/user_interactions`, `redis/profile`, `files/warehouse/history`. The scan asks of each place
whose it is: one that is nobody's was added without an eraser.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase

from personalization.domain.identifiers import SessionId, UserId


@dataclass(frozen=True, slots=True)
class ErasedPeople:
    """Who is erased."""

    sessions: tuple[SessionId, ...]
    users: tuple[UserId, ...] = ()
    visitors: tuple[UserId, ...] = ()
    """People who stay, and whose visits are among these."""
    live_at: datetime | None = None
    """When nothing that serves had them any more: what was begun after it has none of them."""


@dataclass(frozen=True, slots=True)
class Erased:
    removed: int
    left: str = ""
    """What is still there, until when and why."""
    waits: bool = False
    """Whether the request stays open for it."""


class ErasurePhase(StrEnum):
    LIVE = "live"
    """At once."""
    NIGHT = "night"
    """With the next night."""


def erase_nobody(_: ErasedPeople) -> Erased:
    """Erase from places that hold nothing of people."""
    return Erased(0)


@dataclass(frozen=True, slots=True)
class ProcessingRecord:
    """A line of the record of processing (GDPR, article 30)."""

    holds: str
    why: str
    consent: str
    """The purpose that it needs."""
    life: str


@dataclass(frozen=True, slots=True)
class StoreEraser:
    name: str
    places: tuple[str, ...]
    """Patterns of the places that it is answerable for."""
    erase: Callable[[ErasedPeople], Erased]
    """Idempotent: it is called twice at the least. Raises `StoreUnavailableError`."""
    phase: ErasurePhase = ErasurePhase.LIVE
    record: ProcessingRecord | None = None
    """None where nothing of people is there."""

    def covers(self, place: str) -> bool:
        return any(fnmatchcase(place, pattern) for pattern in self.places)
