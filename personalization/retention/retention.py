from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from personalization.domain.access.claim import BEYOND_DAYS
from personalization.domain.errors import PersonalizationError
from personalization.ports.retention import Prune, RetainedStore


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


def rounds_days(wanted: int, decisions_days: int) -> int:
    """Return how long learned rounds are kept: a round without its decision teaches nothing.

    Zero days are for ever, to all three.
    """
    return min(filter(None, (wanted, decisions_days)), default=0)


def ledger_days(lives: Iterable[int]) -> int:
    """Return how long the ledger of erasures is kept: longer than all that a backup brings back.

    What is older goes by itself, whoever was erased. Zero days are for ever, to each.
    """
    known = list(lives)
    return max(known) + BEYOND_DAYS if all(known) else 0


def life_of(days: int) -> str:
    return f"{days} days" if days else "for ever"


def prune_after(days: int, prune: Prune) -> Prune:
    """Return what calls `prune` with the moment before which all goes; zero days are for ever."""
    return lambda now: prune(now - timedelta(days=days)) if days else 0


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
