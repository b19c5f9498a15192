"""Model snapshots in a folder: one folder a version, a manifest of checksums, one pointer file.

Vowpal Wabbit loads a damaged model without complaint, and its own saving is not atomic. So each
part is checked against a SHA-256 before it is believed, and a version becomes visible only when
its folder is complete.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from personalization.domain.errors import (
    DamagedSnapshotError,
    StoreFullError,
    StoreUnavailableError,
    SupersededError,
)
from personalization.domain.kept_snapshot import KeptSnapshot, beyond_retention

_MANIFEST = "manifest.json"
_POINTER = "current"
_UNFINISHED = ".unfinished"
_LOCK = ".writing"
_ADVICE = "`fitting-room model rollback` goes on from an older version."


class SnapshotFolder:
    """One writer at a time, any number of readers."""

    def __init__(
        self, folder: Path, kept: int = 5, pinned: Callable[[], Collection[str]] = tuple
    ) -> None:
        self._folder = folder
        self._kept = kept
        self._pinned = pinned

    def save(self, parts: Mapping[str, bytes], after: str | None) -> str:
        manifest = {name: hashlib.sha256(body).hexdigest() for name, body in parts.items()}
        digest = hashlib.sha256(msgspec.json.encode(manifest, order="sorted")).hexdigest()
        try:
            with self._one_writer():
                if self.current() != after:
                    raise SupersededError
                version = f"{self._next_number():06d}-{digest[:12]}"
                self._write(version, parts, manifest)
                self._discard_old()
        except OSError as error:
            raise StoreFullError(f"The model snapshot could not be written: {error}") from error
        return version

    def current(self) -> str | None:
        try:
            return (self._folder / _POINTER).read_text().strip()
        except FileNotFoundError:
            return None

    def load(self, version: str) -> Mapping[str, bytes]:
        folder = self._folder / version
        try:
            manifest = msgspec.json.decode((folder / _MANIFEST).read_bytes(), type=dict[str, str])
            parts = {name: (folder / name).read_bytes() for name in manifest}
        except (FileNotFoundError, msgspec.DecodeError) as error:
            raise DamagedSnapshotError(f"Snapshot {version} is incomplete: {error}") from error
        except OSError as error:
            raise StoreUnavailableError(f"Snapshot {version} cannot be read: {error}") from error
        for name, digest in manifest.items():
            if hashlib.sha256(parts[name]).hexdigest() != digest:
                raise DamagedSnapshotError(
                    f"Snapshot {version}: {name} does not match its SHA-256. {_ADVICE}"
                )
        return parts

    def versions(self) -> list[KeptSnapshot]:
        found = []
        for manifest in self._folder.glob(f"[0-9]*/{_MANIFEST}"):
            with suppress(FileNotFoundError):  # The writer may discard it at this moment.
                saved_at = datetime.fromtimestamp(manifest.stat().st_mtime, UTC)
                found.append(KeptSnapshot(manifest.parent.name, saved_at))
        # By number: as text the millionth would be the oldest.
        return sorted(found, key=lambda snapshot: _number(snapshot.version))

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
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
        (self._folder / f"{_POINTER}.new").rename(self._folder / _POINTER)
        _sync_folder(self._folder)

    def _next_number(self) -> int:
        versions = self.versions()
        return _number(versions[-1].version) + 1 if versions else 1

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


def _number(version: str) -> int:
    return int(version.split("-", maxsplit=1)[0])


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
