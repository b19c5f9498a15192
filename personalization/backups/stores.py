"""What backups are made from and restored into, on either stack."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from personalization.backups.archive import BackupMember


class BackupSource(Protocol):
    @property
    def stack(self) -> str:
        """`files` or `cassandra`."""

    def total_bytes(self) -> int:
        """Return about how much there is, 0 where that cannot be told."""

    def needed_bytes(self) -> int:
        """Return how much room copies need beside the backup itself."""

    def members(self) -> Iterator[BackupMember]:
        """Yield what is to be kept; each is read before the next one is made."""


class BackupTarget(Protocol):
    @property
    def stack(self) -> str: ...

    def put(self, path: str, pieces: Iterator[bytes]) -> None:
        """Take a member; what is not known is an error of the backup."""


@dataclass(frozen=True, slots=True)
class RestoredHome:
    """What was restored and serves nobody yet."""

    home: Path
    """A folder beside the one that it becomes: open it as any home."""
    backup_made_at: datetime
    """Whatever was erased later than this is in it again, and has to be erased again."""


AfterRestore = Callable[[RestoredHome], None]
"""Runs before anything is served from what was restored; if it raises, nothing is."""


def run_all(steps: Sequence[AfterRestore], restored: RestoredHome) -> None:
    for step in steps:
        step(restored)
