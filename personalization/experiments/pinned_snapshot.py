"""One snapshot of the model store, for an arm that stays with it whatever is learned."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from personalization.domain.models.kept_snapshot import KeptSnapshot
from personalization.ports.model_store import ModelStore


@dataclass(frozen=True, slots=True)
class PinnedSnapshot:
    """A `ModelStore` whose current snapshot is always the same one."""

    store: ModelStore
    version: str | None
    """None is before the first."""

    def save(self, parts: Mapping[str, bytes], after: str | None) -> str:
        return self.store.save(parts, after)

    def discard(self, versions: Collection[str]) -> None:
        self.store.discard(versions)

    def current(self) -> str | None:
        return self.version

    def load(self, version: str) -> Mapping[str, bytes]:
        return self.store.load(version)

    def versions(self) -> Sequence[KeptSnapshot]:
        """Return the pinned version alone, if still kept: nothing else may stand in."""
        return [snapshot for snapshot in self.store.versions() if snapshot.version == self.version]
