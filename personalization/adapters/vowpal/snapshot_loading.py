import logging
from collections.abc import Callable, Mapping
from typing import TypeVar

from personalization.domain.errors import DamagedSnapshotError
from personalization.ports.model_store import ModelStore

_LOG = logging.getLogger(__name__)
_Model = TypeVar("_Model")


def newest_sound(
    store: ModelStore, read: Callable[[str, Mapping[str, bytes]], _Model]
) -> _Model | None:
    """Read the newest sound snapshot, for a process that starts without an older model.

    None before the first snapshot. `DamagedSnapshotError` when there are some and none is sound.
    """
    current = store.current()
    if current is None:
        return None
    refused: DamagedSnapshotError | None = None
    others = [snapshot.version for snapshot in store.versions() if snapshot.version != current]
    for version in (current, *reversed(others)):
        try:
            return read(version, store.load(version))
        except DamagedSnapshotError as error:
            _LOG.error("snapshot refused", extra={"fields": {"error": str(error)}})
            refused = refused or error
    raise refused or DamagedSnapshotError
