"""Snapshots of the model: whole, checked, and switched by one pointer."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from personalization.domain.kept_snapshot import KeptSnapshot

STATE_PART = "state.json"
"""The part that says how far the learner is; the other parts are models."""


class ModelStore(Protocol):
    """Versions of named parts; a reader sees a whole snapshot or the one before it."""

    def save(self, parts: Mapping[str, bytes], after: str | None) -> str:
        """Store a snapshot, make it the current one, and return its version.

        Older ones go as `beyond_retention` says.

        `after` is the version that the writer began with, None where there was none: it fences
        off a second writer. Raises `SupersededError` when another version is current; the
        pointer then stays where it is.
        """

    def current(self) -> str | None:
        """Return the current version, or None before the first snapshot."""

    def load(self, version: str) -> Mapping[str, bytes]:
        """Return the parts of a snapshot.

        Raises `DamagedSnapshotError` when a part is missing or differs from its checksum.
        """

    def versions(self) -> Sequence[KeptSnapshot]:
        """Return the complete snapshots that are kept, oldest first. The current one is the last.

        To go back to an older one is to save its parts again: numbers never go back.
        """
