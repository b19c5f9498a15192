"""The content of a backup: a stream of members as tar writes them, a manifest at the end."""

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath
from typing import BinaryIO, Final, Protocol

import msgspec

from personalization.domain.errors import DamagedBackupError

MANIFEST: Final = "manifest.json"
_COPY_BYTES: Final = 1 << 20
_MOST_MANIFEST: Final = 64 << 20

Told = Callable[[str, int], None]
"""Told of the member under way, and of the bytes of it since the last time."""


class BackupMember(Protocol):
    """A file of a store's content; its size is known before it is read."""

    @property
    def store(self) -> str: ...

    @property
    def path(self) -> str: ...

    @property
    def size(self) -> int: ...

    @property
    def rows(self) -> int: ...

    def open(self) -> BinaryIO: ...


class KeptMember(msgspec.Struct, frozen=True):
    store: str
    size: int
    rows: int
    """Of all its tables; 0 where it has none."""
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    made_at: datetime
    stack: str
    """`files` or `cassandra`."""
    members: dict[str, KeptMember]

    def by_store(self) -> dict[str, tuple[int, int]]:
        """Return the bytes and rows of each store."""
        sums: dict[str, tuple[int, int]] = {}
        for member in self.members.values():
            size, rows = sums.get(member.store, (0, 0))
            sums[member.store] = size + member.size, rows + member.rows
        return sums


@dataclass(slots=True)
class _HashedReader(io.RawIOBase):
    source: BinaryIO
    told: Callable[[int], None]
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        body = self.source.read(size)
        self.digest.update(body)
        self.told(len(body))
        return body


def write_archive(
    sink: io.RawIOBase, members: Iterable[BackupMember], made_at: datetime, stack: str, told: Told
) -> Manifest:
    kept: dict[str, KeptMember] = {}
    with tarfile.open(
        fileobj=sink, mode="w|", format=tarfile.PAX_FORMAT, bufsize=_COPY_BYTES
    ) as tar:
        for member in members:
            entry = tarfile.TarInfo(member.path)
            entry.size, entry.mtime = member.size, made_at.timestamp()
            with closing(member.open()) as source:
                reader = _HashedReader(source, partial(told, member.path))
                tar.addfile(entry, reader)
            digest = reader.digest.hexdigest()
            kept[member.path] = KeptMember(member.store, member.size, member.rows, digest)
        manifest = Manifest(made_at, stack, kept)
        body = msgspec.json.encode(manifest)
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mtime = len(body), made_at.timestamp()
        tar.addfile(entry, io.BytesIO(body))
    return manifest


def read_archive(
    source: io.RawIOBase, put: Callable[[str, Iterator[bytes]], None], told: Told
) -> Manifest:
    """Hand each member to `put`, and compare all of them with the manifest.

    Raises `DamagedBackupError`. What was put before that is not to be used.
    """
    digests: dict[str, str] = {}
    manifest: Manifest | None = None
    try:
        with tarfile.open(fileobj=source, mode="r|", bufsize=_COPY_BYTES) as tar:
            for entry in tar:
                opened = tar.extractfile(entry)
                if opened is None or not _is_plain(entry.name):
                    raise DamagedBackupError(f"The backup has an odd member: {entry.name!r}.")
                if entry.name == MANIFEST:
                    manifest = msgspec.json.decode(opened.read(_MOST_MANIFEST), type=Manifest)
                    continue
                digest = hashlib.sha256()
                put(entry.name, _pieces(opened, digest, entry.name, told))  # type: ignore[arg-type]
                digests[entry.name] = digest.hexdigest()
        while source.read(_COPY_BYTES):
            pass  # The last chunk says that nothing is missing.
    except (tarfile.TarError, msgspec.DecodeError) as error:
        raise DamagedBackupError(f"The backup's content is damaged: {error}.") from error
    if manifest is None:
        raise DamagedBackupError("The backup has no manifest.")
    if digests != {path: member.sha256 for path, member in manifest.members.items()}:
        raise DamagedBackupError("The backup's members are not those of its manifest.")
    return manifest


def _pieces(opened: BinaryIO, digest: "hashlib._Hash", name: str, told: Told) -> Iterator[bytes]:
    while piece := opened.read(_COPY_BYTES):
        digest.update(piece)
        told(name, len(piece))
        yield piece


def _is_plain(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and str(path) == name
