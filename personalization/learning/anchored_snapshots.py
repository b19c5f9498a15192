"""The snapshots by which first visits are decided: only those that are kept long enough."""

from collections.abc import Collection, Mapping

from personalization.domain.models.kept_snapshot import KeptSnapshot, anchors
from personalization.ports.model_store import ModelStore


class AnchoredSnapshots:
    """Reads a `ModelStore` as if it had only the first snapshot of each stretch of time.

    The decision of a first visit names its snapshot and is made again hours later. Of snapshots of
    every half minute most are gone by then, so those decisions ask one that stays; what a visitor
    without events sees may so be ten minutes behind what was learned.
    """

    def __init__(self, store: ModelStore) -> None:
        self._store = store

    def save(self, parts: Mapping[str, bytes], after: str | None) -> str:
        return self._store.save(parts, after)

    def discard(self, versions: Collection[str]) -> None:
        self._store.discard(versions)

    def current(self) -> str | None:
        found = self.versions()
        return found[-1].version if found else None

    def load(self, version: str) -> Mapping[str, bytes]:
        return self._store.load(version)

    def versions(self) -> list[KeptSnapshot]:
        return anchors(self._store.versions())
