"""Model snapshots in a folder: one folder a version, a manifest of checksums, one pointer file.

Vowpal Wabbit loads a damaged model without complaint, and its own saving is not atomic. So each
part is checked against a SHA-256 before it is believed, and a version becomes visible only when
its folder is complete.
"""

import errno
import fcntl
import os
import shutil
import stat
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path

import msgspec

from personalization.domain.errors import (
    DamagedSnapshotError,
    StoreFullError,
    StoreUnavailableError,
    SupersededError,
)
from personalization.domain.models.kept_snapshot import KeptSnapshot, beyond_retention
from personalization.learning.snapshot_name import (
    check_part,
    decode_manifest,
    manifest_of,
    name_of,
    number_of,
)

_MANIFEST = "manifest.json"
_POINTER = "current"
_UNFINISHED = ".unfinished"
_LOCK = ".writing"
WRITER_SECONDS = 10.0
"""How long one waits for another writer, which may have been stopped."""
LARGEST_PART_BYTES = 2**30
"""Far above a model of millions of weights."""
_PASSING = frozenset({
    errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.ESTALE, errno.ETIMEDOUT,
})  # fmt: skip
"""What passes by itself; any other failure to read a file is damage of the snapshot it is in."""


class SnapshotFolder:
    """One writer at a time, any number of readers."""

    def __init__(
        self, folder: Path, kept: int = 5, pinned: Callable[[], Collection[str]] = tuple
    ) -> None:
        self._folder = folder
        self._kept = kept
        self._pinned = pinned

    def save(self, parts: Mapping[str, bytes], after: str | None) -> str:
        manifest = manifest_of(parts)
        try:
            with self._one_writer():
                if self.current() != after:
                    raise SupersededError
                version = name_of(self._next_number(), manifest)
                self._write(version, parts, manifest)
                self._discard_old()
        except OSError as error:
            raise StoreFullError(f"The model snapshot could not be written: {error}") from error
        return version

    def discard(self, versions: Collection[str]) -> None:
        try:
            with self._one_writer():
                for version in set(versions) - {self.current()}:
                    if number_of(version) is not None and (self._folder / version).exists():
                        shutil.rmtree(self._folder / version)
                _sync_folder(self._folder)
        except OSError as error:
            raise StoreUnavailableError(f"A snapshot could not be deleted: {error}") from error

    def current(self) -> str | None:
        try:
            # Whatever is there: what names no snapshot is damage, and stays what a writer goes by.
            return _read(self._folder / _POINTER).decode(errors="replace").strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno in _PASSING:
                raise StoreUnavailableError(f"Which snapshot is current: {error}") from error
            return ""

    def load(self, version: str) -> Mapping[str, bytes]:
        folder = self._folder / version
        try:
            if number_of(version) is None:
                raise DamagedSnapshotError(f"{version!r} is the name of no snapshot.")
            manifest = decode_manifest(version, _read(folder / _MANIFEST))
            return {
                name: check_part(version, name, _read(folder / name), digest)
                for name, digest in manifest.items()
            }
        except OSError as error:
            if error.errno in _PASSING:
                raise StoreUnavailableError(f"Snapshot {version}: {error}") from error
            raise DamagedSnapshotError(f"Snapshot {version} is incomplete: {error}") from error

    def versions(self) -> list[KeptSnapshot]:
        found = []
        for manifest in self._folder.glob(f"[0-9]*/{_MANIFEST}"):
            number = number_of(manifest.parent.name)
            with suppress(OSError):  # The writer may discard it at this moment.
                saved_at = datetime.fromtimestamp(manifest.stat().st_mtime, UTC)
                if number is not None:
                    found.append((number, KeptSnapshot(manifest.parent.name, saved_at)))
        # By number: as text the millionth would be the oldest.
        return [snapshot for _, snapshot in sorted(found, key=itemgetter(0))]

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / _LOCK).open("w") as lock:
            ends_at = time.monotonic() + WRITER_SECONDS
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() > ends_at:
                        raise StoreUnavailableError(
                            "Another writer of snapshots is stuck."
                        ) from error
                    time.sleep(0.01)
            yield

    def _write(self, version: str, parts: Mapping[str, bytes], manifest: Mapping[str, str]) -> None:
        unfinished = self._folder / _UNFINISHED
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        for name, body in parts.items():
            _write_durably(unfinished / name, body)
        _write_durably(unfinished / _MANIFEST, msgspec.json.encode(manifest))
        unfinished.rename(self._folder / version)
        _write_durably(self._folder / f"{_POINTER}.new", version.encode())
        if (self._folder / _POINTER).is_dir():  # No file can take a folder's place.
            shutil.rmtree(self._folder / _POINTER)
        (self._folder / f"{_POINTER}.new").rename(self._folder / _POINTER)
        _sync_folder(self._folder)

    def _next_number(self) -> int:
        """Return a number above that of every folder, also of one that is damaged or gone."""
        names = [self.current() or "", *(folder.name for folder in self._folder.glob("[0-9]*"))]
        numbers = map(number_of, names)
        return max((number for number in numbers if number is not None), default=0) + 1

    def _discard_old(self) -> None:
        try:
            pinned = self._pinned()
        except StoreUnavailableError:
            # Tried again after the next snapshot: none is lost that somebody needs.
            return
        for snapshot in beyond_retention(self.versions(), self._kept):
            if snapshot.version in pinned:
                continue
            shutil.rmtree(self._folder / snapshot.version, ignore_errors=True)


def _read(path: Path) -> bytes:
    """Return what a plain file of a likely size holds; else raises `OSError`."""
    # Something else, such as a pipe, could keep its reader for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode) or state.st_size > LARGEST_PART_BYTES:
            raise OSError(errno.EFBIG, f"{path.name} is no file that a snapshot may have")
        return file.read()


def _write_durably(path: Path, body: bytes) -> None:
    with path.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
