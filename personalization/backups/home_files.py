"""The files of a home folder as members of a backup, and back."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Final

from personalization.backups.archive import BackupMember
from personalization.domain.errors import DamagedBackupError
from personalization.settings.storage import StorageSettings

CopiesDatabase = Callable[[Path, Path], int]
"""Copies a file as of one moment to another place; returns the rows of its tables."""
FILES: Final = "files"
KEY_FILES: Final = frozenset({"signing_keys.json", "privacy_keys.json", "development_keys.json"})
"""Never in a backup: who has both could read it."""
_UNFINISHED: Final = (".new", ".part", ".unfinished")
"""Ends of names under which files are written before they take their place."""


@dataclass(frozen=True, slots=True)
class FileMember:
    """A file that is open, so that it stays whole whoever replaces or removes it."""

    store: str
    path: str
    opened: BinaryIO
    size: int
    rows: int = 0

    def open(self) -> BinaryIO:
        return self.opened


@dataclass(frozen=True, slots=True)
class HomeFiles:
    """Databases one at a time, each as of one moment.

    In an order in which the later may know more than the earlier: models before the log that they
    learn from, the log before the histories that are written from it, priors before their lists.
    """

    storage: StorageSettings
    copy: CopiesDatabase
    stack: str = FILES

    def total_bytes(self) -> int:
        files = [*self._databases(), *self._lone_files()]
        for folder in (*self._folders(), self._pictures()):
            files += _finished_files(folder)
        return sum(map(_size_of, files))

    def needed_bytes(self) -> int:
        return max(map(_size_of, self._databases()), default=0)

    def members(self) -> Iterator[BackupMember]:
        models, lists = self._folders()
        yield from self._files_of(models)
        with TemporaryDirectory(prefix=".backup-", dir=self.storage.home) as folder:
            for file in self._databases():
                yield from self._database(file, Path(folder) / file.name)
                if file == self.storage.priors_file:
                    yield from self._files_of(lists)
        # An import writes them after the catalogue, which has their addresses.
        yield from self._files_of(self._pictures())
        for file in self._lone_files():
            yield from _member(file, file.stem, file.name)

    def _database(self, file: Path, copy: Path) -> Iterator[FileMember]:
        for former in copy.parent.iterdir():
            former.unlink()
        rows = self.copy(file, copy)
        yield from _member(copy, file.stem, file.name, rows)

    def _databases(self) -> Sequence[Path]:
        storage = self.storage
        first = [
            storage.log_file, storage.claims_file, storage.waiting_file, storage.people_file,
            storage.history_file, storage.decisions_file, storage.catalogue_file,
            storage.priors_file, storage.plans_file, storage.audit_file,
        ]  # fmt: skip
        others = sorted(set(storage.home.glob("*.sqlite")) - set(first))
        return [file for file in (*first, *others) if file.exists()]

    def _folders(self) -> tuple[Path, Path]:
        return self.storage.models, self.storage.prior_lists

    def _pictures(self) -> Path:
        """Return the folder in the home; one elsewhere is the shop's own to keep."""
        return self.storage.home / "pictures"

    def _lone_files(self) -> Sequence[Path]:
        storage = self.storage
        files = (storage.held_out_file, storage.import_report_file)
        return [file for file in files if file.exists()]

    def _files_of(self, folder: Path) -> Iterator[FileMember]:
        for file in _finished_files(folder):
            path = file.relative_to(self.storage.home).as_posix()
            yield from _member(file, folder.name, path)


def _member(file: Path, store: str, path: str, rows: int = 0) -> Iterator[FileMember]:
    """Yield the file; nothing where it has gone, since what is needed does not go."""
    opened: BinaryIO | None = None
    with suppress(FileNotFoundError):
        opened = file.open("rb")
    if opened is not None:
        with opened:
            yield FileMember(store, path, opened, os.fstat(opened.fileno()).st_size, rows)


def _finished_files(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder, then those of the folders in it, as they are by then.

    So a file that names one of them, such as that of the current model, names what comes after it.
    """
    yield from _entries(folder, stat.S_ISREG)
    for below in _entries(folder, stat.S_ISDIR):
        yield from _finished_files(below)


def _entries(folder: Path, is_kind: Callable[[int], bool]) -> list[Path]:
    try:
        entries = sorted(folder.iterdir())
    except FileNotFoundError:
        return []
    found: list[Path] = []
    for entry in entries:
        if not entry.name.startswith(".") and not entry.name.endswith(_UNFINISHED):
            with suppress(FileNotFoundError):
                if is_kind(entry.lstat().st_mode):
                    found.append(entry)
    return found


def _size_of(file: Path) -> int:
    with suppress(FileNotFoundError):
        return file.stat().st_size
    return 0


@dataclass(frozen=True, slots=True)
class NewHome:
    """A folder that becomes a home once all of it is there."""

    folder: Path
    stack: str = FILES

    def put(self, path: str, pieces: Iterator[bytes]) -> None:
        file = self.folder / path
        if file.name in KEY_FILES or file.exists():
            raise DamagedBackupError(f"The backup has {path!r}, which no backup has.")
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("xb") as opened:
            opened.writelines(pieces)

    def take_keys(self, home: Path) -> None:
        """Bring the keys along that lie in the new home already."""
        for name in KEY_FILES:
            if (home / name).exists():
                shutil.copy2(home / name, self.folder / name)
