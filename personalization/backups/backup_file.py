"""Makes, reads, lists and removes backups."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final

from personalization.backups.archive import Manifest, Told, read_archive, write_archive
from personalization.backups.backup_keys import BackupKeys
from personalization.backups.home_files import FILES, KEY_FILES, NewHome
from personalization.backups.sealed_stream import (
    BackupHeader,
    OpeningReader,
    SealingWriter,
    new_header,
    read_header,
)
from personalization.backups.stores import (
    AfterRestore,
    BackupSource,
    BackupTarget,
    RestoredHome,
    run_all,
)
from personalization.domain.errors import DamagedBackupError, RefusedBackupError, StoreFullError

_SPARE_BYTES: Final = 64 << 20
_BUFFER: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class FoundBackup:
    file: Path
    header: BackupHeader
    size: int


def create_backup(
    source: BackupSource, file: Path, keys: BackupKeys, now: datetime, told: Told
) -> Manifest:
    """Write the file, which is there whole or not at all.

    Raises `RefusedBackupError` where there is one already, `StoreFullError` before it begins.
    """
    if file.exists():
        raise RefusedBackupError(f"{file} exists already, and was left as it is.")
    folder = file.absolute().parent
    folder.mkdir(parents=True, exist_ok=True)
    needed = source.total_bytes() + source.needed_bytes() + _SPARE_BYTES
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise StoreFullError(
            f"The backup needs some {needed >> 20:,} MiB, and {folder} has {free >> 20:,} left."
        )
    header = new_header(now, keys.name)
    with _put_whole(file) as opened:
        writer = SealingWriter(opened, keys.secret_of(header), header)
        manifest = write_archive(writer, source.members(), now, source.stack, told)
        writer.finish()
    return manifest


def verify_backup(file: Path, keys: BackupKeys, told: Told) -> Manifest:
    """Read all of it, keeping nothing; raises `DamagedBackupError` and `PrivacyKeyError`."""
    return _read(file, keys, _pass_over, told)


def restore_tables(
    file: Path,
    home: Path,
    keys: BackupKeys,
    target: BackupTarget,
    after_restore: Sequence[AfterRestore],
    told: Told,
) -> Manifest:
    """Fill empty stores; the file is read whole before anything is written."""
    manifest = verify_backup(file, keys, lambda *_: None)
    if manifest.stack != target.stack:
        raise RefusedBackupError(
            f"The backup is of {manifest.stack}, and the settings name {target.stack}."
        )
    _read(file, keys, target.put, told)
    run_all(after_restore, RestoredHome(home, manifest.made_at))
    return manifest


def restore_home(
    file: Path, home: Path, keys: BackupKeys, after_restore: Sequence[AfterRestore], told: Told
) -> Manifest:
    """Make a new home of a backup; it is there once all is restored and erased again.

    Raises `RefusedBackupError` where the folder holds more than keys.
    """
    _check_new(home)
    staged = home.absolute().with_name(f".{home.name}.restoring")
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True, mode=0o700)
    try:
        target = NewHome(staged)
        manifest = _read(file, keys, target.put, told)
        if manifest.stack != FILES:
            raise RefusedBackupError(f"The backup is of {manifest.stack}: name its servers.")
        target.take_keys(home)
        run_all(after_restore, RestoredHome(staged, manifest.made_at))
        if home.exists():
            for name in KEY_FILES:
                (home / name).unlink(missing_ok=True)
            home.rmdir()
        staged.rename(home)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return manifest


def list_backups(folder: Path) -> list[FoundBackup]:
    """Return the backups of a folder, the newest first; other files are passed over."""
    found: list[FoundBackup] = []
    for file in sorted(folder.iterdir()):
        if not file.is_file() or file.name.startswith("."):
            continue
        with file.open("rb") as opened:
            try:
                header, _ = read_header(opened)
            except DamagedBackupError:
                continue
        found.append(FoundBackup(file, header, file.stat().st_size))
    return sorted(found, key=lambda backup: backup.header.made_at, reverse=True)


def prune_backups(folder: Path, keep: timedelta, now: datetime) -> list[FoundBackup]:
    """Remove backups that are older, and return them: what was erased lives in them on."""
    old = [backup for backup in list_backups(folder) if backup.header.made_at < now - keep]
    for backup in old:
        backup.file.unlink()
    return old


def _check_new(home: Path) -> None:
    if home.exists() and (
        not home.is_dir() or any(path.name not in KEY_FILES for path in home.iterdir())
    ):
        raise RefusedBackupError(
            f"{home} is not empty: restore into a new folder, which may hold keys and nothing else."
        )


def _read(
    file: Path, keys: BackupKeys, put: Callable[[str, Iterator[bytes]], None], told: Told
) -> Manifest:
    try:
        with file.open("rb", buffering=_BUFFER) as opened:
            secret = keys.secret_of(read_header(opened)[0])
            opened.seek(0)
            return read_archive(OpeningReader(opened, secret), put, told)
    except OSError as error:
        raise RefusedBackupError(
            f"{file} cannot be restored: {error.strerror or error}."
        ) from error


def _pass_over(_: str, pieces: Iterator[bytes]) -> None:
    for _piece in pieces:
        pass


@contextmanager
def _put_whole(file: Path) -> Iterator[BinaryIO]:
    aside = file.with_name(f".{file.name}.unfinished")
    aside.unlink(missing_ok=True)
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb", buffering=_BUFFER) as opened:
            yield opened
            opened.flush()
            os.fsync(opened.fileno())
        # A link, so that a file that came meanwhile stays.
        os.link(aside, file)
    except OSError as error:
        raise RefusedBackupError(f"{file} cannot be written: {error.strerror}.") from error
    finally:
        aside.unlink(missing_ok=True)
