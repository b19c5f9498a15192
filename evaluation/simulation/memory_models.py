from collections.abc import Collection, Mapping, Sequence

from personalization.domain.errors import DamagedSnapshotError, SupersededError
from personalization.domain.models.kept_snapshot import KeptSnapshot


class MemoryModels:
    """Implements `ModelStore`; only the current snapshot is kept, and none is listed."""

    def __init__(self) -> None:
        self._version: str | None = None
        self._parts: Mapping[str, bytes] = {}

    def save(self, parts: Mapping[str, bytes], after: str | None) -> str:
        if after != self._version:
            raise SupersededError
        self._version = str(int(after or 0) + 1)
        self._parts = dict(parts)
        return self._version

    def discard(self, versions: Collection[str]) -> None:
        """Only the current one is there."""

    def current(self) -> str | None:
        return self._version

    def load(self, version: str) -> Mapping[str, bytes]:
        if version != self._version:
            raise DamagedSnapshotError(f"Snapshot {version} is not kept.")
        return self._parts

    def versions(self) -> Sequence[KeptSnapshot]:
        return ()
