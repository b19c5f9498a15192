"""The kept snapshots, each read and checked against its checksums."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from personalization.domain.errors import DamagedSnapshotError
from personalization.domain.models.kept_snapshot import KeptSnapshot
from personalization.learning.training import Training
from personalization.ports.model_store import STATE_PART, ModelStore


@dataclass(frozen=True, slots=True)
class ListedSnapshot:
    """`bytes`, `rounds` and `first_round` are None for a damaged one."""

    version: str
    current: bool
    saved_at: datetime
    rounds: int | None
    first_round: int | None
    """The number of the first round that its oldest model was taught."""
    bytes: int | None
    parts: tuple[str, ...]
    damage: str | None


class _Progress(msgspec.Struct):
    rounds: int = 0
    training: Training | None = None


def rounds_of(parts: Mapping[str, bytes]) -> int:
    """Return how many rounds a snapshot has learned from; 0 for one without a state."""
    state = parts.get(STATE_PART)
    return 0 if state is None else msgspec.json.decode(state, type=_Progress).rounds


def _first_round_of(parts: Mapping[str, bytes]) -> int:
    state = parts.get(STATE_PART)
    training = state and msgspec.json.decode(state, type=_Progress).training
    return training.first_round(frozenset(parts) - {STATE_PART}) if training else 0


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
    rounds, first_round, damage = None, None, None
    try:
        parts = store.load(kept.version)
        rounds, first_round = rounds_of(parts), _first_round_of(parts)
    except (DamagedSnapshotError, msgspec.DecodeError) as error:
        damage = str(error)
    return ListedSnapshot(
        version=kept.version,
        current=kept.version == current,
        saved_at=kept.saved_at,
        rounds=rounds,
        first_round=first_round,
        bytes=sum(map(len, parts.values())) if parts else None,
        parts=tuple(sorted(parts)),
        damage=damage,
    )
