from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from personalization.domain.errors import PersonalizationError
from personalization.ports.retention import RetainedStore


@dataclass(frozen=True, slots=True)
class StorePruning:
    """What was done to one store."""

    store: str
    life: str
    removed: int | None
    """None where the service removes by itself."""
    freed_bytes: int = 0
    failure: str | None = None


def apply_retention(
    stores: Sequence[RetainedStore], now: datetime, *, compact: bool = False
) -> Iterator[StorePruning]:
    """Yield what was removed of each store; one that fails does not keep the next from it."""
    for store in stores:
        if store.prune is None:
            yield StorePruning(store.name, store.life, None)
            continue
        try:
            removed = store.prune(now)
            freed = store.compact() if compact and store.compact is not None else 0
        except (PersonalizationError, OSError) as error:
            yield StorePruning(store.name, store.life, None, failure=str(error))
        else:
            yield StorePruning(store.name, store.life, removed, freed)


def prune_files(folder: Path, now: datetime, life: timedelta) -> int:
    """Remove files below the folder that nobody has written for that long, and empty folders."""
    oldest = (now - life).timestamp()
    removed = 0
    for path in sorted(folder.rglob("*"), reverse=True):
        # Whoever works there may remove it first.
        with suppress(FileNotFoundError):
            if path.lstat().st_mtime >= oldest:
                continue
            if path.is_symlink() or not path.is_dir():
                path.unlink()
                removed += 1
            elif not any(path.iterdir()):
                path.rmdir()
    return removed
