from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, unquote

from personalization.adapters.sqlite.disk_guard import DiskGuard
from personalization.adapters.sqlite.list_files.list_file import FoundList, ListFile
from personalization.adapters.sqlite.list_files.list_file_eraser import blank, write_without
from personalization.adapters.sqlite.list_files.list_file_writer import write_list_file
from personalization.domain.errors import StoreFullError, StoreUnavailableError
from personalization.domain.identifiers import GenerationId
from personalization.domain.lists.list_columns import ListColumns
from personalization.domain.prior import PriorKey
from personalization.folder_turn import folder_turn, sync_path

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
        with folder_turn(self._folder):
            self._clear()
        path = self._path(generation_id)
        unfinished = path.with_name(path.name + _UNFINISHED)
        try:
            write_list_file(unfinished, self._within_disk(batches))
            sync_path(unfinished)
            with folder_turn(self._folder):
                unfinished.replace(path)
            sync_path(self._folder)
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

    def erase(
        self, keys: Collection[PriorKey], spared: Collection[GenerationId]
    ) -> Mapping[PriorKey, int]:
        """Take lists out of all files but some; return out of how many each, if out of any.

        A file that had some is replaced by one without them. Whoever has the former open reads
        the other lists on. Raises `StoreUnavailableError` after all files that can be read.
        """
        removed, failure = Counter[PriorKey](), None
        stay = map(self._path, spared)
        if not self._folder.exists():
            return removed
        with folder_turn(self._folder):
            for path in sorted({*self._folder.glob(f"*{_SUFFIX}")}.difference(stay)):
                try:
                    removed.update(self._erase_from(path, keys).keys())
                except StoreUnavailableError as error:
                    failure = error  # One that is damaged does not keep the others.
        if failure is not None:
            raise failure
        return removed

    def _erase_from(self, path: Path, keys: Collection[PriorKey]) -> Mapping[PriorKey, FoundList]:
        # Not of the name that a night writes: it may be at work on the same generation.
        unfinished = path.with_name(f"{path.name}.erased{_UNFINISHED}")
        guard = DiskGuard(self._folder, self._minimum_free_mib)
        try:
            found = write_without(path, unfinished, keys, guard.check)
            if found:
                sync_path(unfinished)
                with path.open("r+b") as former:
                    unfinished.replace(path)
                    sync_path(self._folder)
                    # Its bytes stay on the disk as long as somebody has it open.
                    blank(former, found.values())
        except OSError as error:
            raise StoreFullError(f"{path.name}: {error.strerror}") from error
        finally:
            unfinished.unlink(missing_ok=True)
        if found:
            self._forget(GenerationId(unquote(path.name.removesuffix(_SUFFIX))))
        return found

    def discard(self, generation_id: GenerationId) -> None:
        path = self._path(generation_id)
        if path.exists():
            # Whoever erases from it would bring it back.
            with folder_turn(self._folder):
                path.unlink(missing_ok=True)
        self._forget(generation_id)

    def close(self) -> None:
        self._opened = {}

    def _clear(self) -> None:
        """Remove what whoever was killed left behind."""
        for left in self._folder.glob(f"*{_UNFINISHED}"):
            left.unlink(missing_ok=True)

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
