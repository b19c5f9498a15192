import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from personalization.adapters.sqlite.disk_guard import DiskGuard
from personalization.adapters.sqlite.list_files.list_file import ListFile
from personalization.adapters.sqlite.list_files.list_file_writer import write_list_file
from personalization.domain.errors import StoreFullError
from personalization.domain.identifiers import GenerationId
from personalization.domain.lists.list_columns import ListColumns

MOST_OPEN = 4
"""Files that a process keeps open: the active generation, those that replays and first visits are
pinned to. The one that was opened first is let go."""
_SUFFIX = ".lists"
_UNFINISHED = ".unfinished"


class ListFolder:
    """The files of generations, by name."""

    def __init__(self, folder: Path, minimum_free_mib: int) -> None:
        self._folder = folder
        self._minimum_free_mib = minimum_free_mib
        self._opened: dict[GenerationId, ListFile] = {}

    def write(self, generation_id: GenerationId, batches: Iterable[ListColumns]) -> None:
        """Put a generation's file in place of the one it had; a reader finds all of it or none."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for left in self._folder.glob(f"*{_UNFINISHED}"):
            left.unlink(missing_ok=True)
        path = self._path(generation_id)
        unfinished = path.with_name(path.name + _UNFINISHED)
        try:
            write_list_file(unfinished, self._within_disk(batches))
            _sync(unfinished)
            unfinished.replace(path)
            _sync(self._folder)
        except OSError as error:
            raise StoreFullError(f"The lists of {generation_id}: {error.strerror}") from error
        finally:
            unfinished.unlink(missing_ok=True)
        self._forget(generation_id)

    def open(self, generation_id: GenerationId) -> ListFile | None:
        """Return the file, None where the generation has none.

        What is open already is read on, whether it was discarded meanwhile or not.
        """
        found = self._opened.get(generation_id)
        if found is None:
            with suppress(FileNotFoundError):
                found = ListFile(self._path(generation_id))
                # Replaced whole: other threads look at what there was.
                newest = list(self._opened.items())[1 - MOST_OPEN :]
                for _, former in newest:
                    former.rest()
                self._opened = {**dict(newest), generation_id: found}
        return found

    def discard(self, generation_id: GenerationId) -> None:
        self._path(generation_id).unlink(missing_ok=True)
        self._forget(generation_id)

    def close(self) -> None:
        self._opened = {}

    def _within_disk(self, batches: Iterable[ListColumns]) -> Iterable[ListColumns]:
        guard = DiskGuard(self._folder, self._minimum_free_mib)
        for batch in batches:
            guard.check()
            yield batch

    def _forget(self, generation_id: GenerationId) -> None:
        kept = {name: file for name, file in self._opened.items() if name != generation_id}
        self._opened = kept

    def _path(self, generation_id: GenerationId) -> Path:
        return self._folder / f"{quote(generation_id, safe='')}{_SUFFIX}"


def _sync(path: Path) -> None:
    """Wait until the disk has it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
