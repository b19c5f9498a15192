"""What is removed once its time has passed, and how that is told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

Prune = Callable[[datetime], int]
"""Removes what is too old at a moment; returns the number of records, rows or files."""


@dataclass(frozen=True, slots=True)
class RetainedStore:
    """One store with the life of what it holds; without `prune` the service does it itself."""

    name: str
    life: str
    """In words, such as "400 days"."""
    prune: Prune | None = None
    compact: Callable[[], int] | None = None
    """Gives the space of what was removed back to the disk; returns bytes."""


@dataclass(frozen=True, slots=True)
class TopicLife:
    """How long a topic's records stay, and how many bytes of them."""

    hours: float
    readers: tuple[str, ...] = ()
    """Groups that have to have read a record before it goes."""
    unread_hours: float = 0.0
    """When it goes although one of them has not."""
    most_bytes: int | None = None
