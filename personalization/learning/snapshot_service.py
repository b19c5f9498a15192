from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from personalization.audit.recording import Auditor, Change
from personalization.domain.errors import UnknownNameError
from personalization.learning.rollback import roll_back
from personalization.learning.snapshot_list import ListedSnapshot, list_snapshots
from personalization.ports.model_store import ModelStore

ROLLED_BACK = "models.rollback"
CheckSnapshot = Callable[[Mapping[str, bytes]], Mapping[str, float]]
"""Returns how far each model is from Vowpal Wabbit; raises `RefusedSnapshotError`."""


@dataclass(frozen=True, slots=True)
class CheckedSnapshot:
    version: str
    differences: Mapping[str, float]
    """Of each model to Vowpal Wabbit, the largest."""


@dataclass(frozen=True, slots=True)
class RolledBack:
    made: str
    """The new version, which is current."""
    of: str
    """The older one that it repeats."""
    replaced: str | None
    models_only: bool


@dataclass(frozen=True, slots=True)
class SnapshotService:
    """What operators do with the snapshots of what was learned, by command or over HTTP."""

    store: ModelStore
    check_parts: CheckSnapshot
    auditor: Auditor
    pinned: Callable[[], frozenset[str]] = frozenset
    """Returns the versions that running experiments hold."""

    def versions(self) -> list[str]:
        """Return the kept versions, newest first."""
        return [snapshot.version for snapshot in self.store.versions()][::-1]

    def list(self, versions: Sequence[str] | None = None) -> list[ListedSnapshot]:
        """Return the kept snapshots, oldest first, each read and held against its checksums."""
        return list_snapshots(self.store, versions)

    def check(self, version: str | None = None) -> CheckedSnapshot:
        """Hold a snapshot, or the current one, against its checksums and Vowpal Wabbit.

        Raises `UnknownNameError`, `DamagedSnapshotError`, or `RefusedSnapshotError` for one that
        must not be served.
        """
        chosen = self._find(version if version is not None else self.store.current())
        return CheckedSnapshot(chosen, self.check_parts(self.store.load(chosen)))

    def roll_back(self, version: str, author: str, *, models_only: bool) -> RolledBack:
        """Check an older snapshot and make it current, as a new version.

        Raises as `check` does, and `SupersededError` where the learner saves again and again.
        """
        chosen, replaced = self.check(version).version, self.store.current()
        made = roll_back(self.store, chosen, models_only=models_only)
        what = "its models, with the present place in the log" if models_only else "the whole of it"
        self.auditor.record(
            Change(
                author=author,
                action=ROLLED_BACK,
                subject=chosen,
                before=replaced,
                after=made,
                note=f"{made} is current: {what} as of {chosen}.",
            )
        )
        return RolledBack(made, chosen, replaced, models_only)

    def _find(self, version: str | None) -> str:
        kept = self.versions()
        if version in kept:
            return version
        asked = f"There is no snapshot {version}." if version else "No snapshot has been saved yet."
        known = f" Kept are {', '.join(reversed(kept))}." if kept else ""
        raise UnknownNameError(asked + known)
