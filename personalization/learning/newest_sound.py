import logging
from collections.abc import Callable, Mapping
from typing import TypeVar

from personalization.domain.errors import DamagedSnapshotError
from personalization.ports.model_store import ModelStore
from personalization.telemetry.metrics import SNAPSHOTS_DAMAGED

_LOG = logging.getLogger(__name__)
_Model = TypeVar("_Model")


def newest_sound(
    store: ModelStore, read: Callable[[str, Mapping[str, bytes]], _Model]
) -> _Model | None:
    """Read the newest sound snapshot, for a process that starts without an older model.

    Damaged ones stay where they are until newer ones take their place. None before the first
    snapshot. `DamagedSnapshotError` when there are some and none is sound.
    """
    current = store.current()
    others = [snapshot.version for snapshot in store.versions() if snapshot.version != current]
    refused: DamagedSnapshotError | None = None
    for version in (*([current] if current is not None else []), *reversed(others)):
        try:
            return read(version, store.load(version))
        except DamagedSnapshotError as error:
            _LOG.error("snapshot refused", extra={"fields": {"error": str(error)}})
            SNAPSHOTS_DAMAGED.inc()
            refused = refused or error
    if refused is not None:
        raise refused
    return None
