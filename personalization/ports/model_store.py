from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from personalization.domain.models.kept_snapshot import KeptSnapshot

STATE_PART = "state.json"
"""The part that says how far the learner is; the other parts are models."""


class ModelStore(Protocol):
    """Versions of named parts; a reader sees a whole snapshot or the one before it."""

    def save(self, parts: Mapping[str, bytes], after: str | None) -> str:
        """Store a snapshot as the current one and return its version; old ones are deleted.

        `after` is the version that the writer began with, None where there was none. Raises
        `SupersededError` and leaves the pointer when another version is current.
        """

    def discard(self, versions: Collection[str]) -> None:
        """Delete snapshots, whoever would have kept them; the current one stays."""

    def current(self) -> str | None: ...

    def load(self, version: str) -> Mapping[str, bytes]:
        """Return the parts; `DamagedSnapshotError` if one is missing or its checksum differs."""

    def versions(self) -> Sequence[KeptSnapshot]:
        """Return the complete snapshots that are kept, oldest first, the current one last."""
