"""The kept snapshots, each read and checked against its checksums."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from personalization.domain.errors import DamagedSnapshotError
from personalization.domain.models.kept_snapshot import KeptSnapshot
from personalization.ports.model_store import STATE_PART, ModelStore


@dataclass(frozen=True, slots=True)
class ListedSnapshot:
    """`bytes` and `rounds` are None for a damaged one."""

    version: str
    current: bool
    saved_at: datetime
    rounds: int | None
    bytes: int | None
    parts: tuple[str, ...]
    damage: str | None


class _Progress(msgspec.Struct):
    rounds: int = 0


def rounds_of(parts: Mapping[str, bytes]) -> int:
    """Return how many rounds a snapshot has learned from; 0 for one without a state."""
    state = parts.get(STATE_PART)
    return 0 if state is None else msgspec.json.decode(state, type=_Progress).rounds


def list_snapshots(
    store: ModelStore, versions: Sequence[str] | None = None
) -> list[ListedSnapshot]:
    """Return all that are kept, or these of them, oldest first."""
    current = store.current()
    return [
        _read(store, snapshot, current)
        for snapshot in store.versions()
        if versions is None or snapshot.version in versions
    ]


def _read(store: ModelStore, kept: KeptSnapshot, current: str | None) -> ListedSnapshot:
    parts: Mapping[str, bytes] = {}
    rounds, damage = None, None
    try:
        parts = store.load(kept.version)
        rounds = rounds_of(parts)
    except (DamagedSnapshotError, msgspec.DecodeError) as error:
        damage = str(error)
    return ListedSnapshot(
        version=kept.version,
        current=kept.version == current,
        saved_at=kept.saved_at,
        rounds=rounds,
        bytes=sum(map(len, parts.values())) if parts else None,
        parts=tuple(sorted(parts)),
        damage=damage,
    )
