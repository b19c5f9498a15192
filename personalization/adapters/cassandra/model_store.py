"""Model snapshots in Cassandra: parts in pieces, a manifest of checksums, one pointer.

A snapshot is there once its manifest is, which is written after its pieces. The pointer moves
by a lightweight transaction that compares it with the version the writer began with, so that of
two writers one is refused.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping

import msgspec

from personalization.adapters.cassandra.batches import Write, write_rows
from personalization.adapters.cassandra.connection import (
    CassandraConnection,
    Row,
    translated_errors,
)
from personalization.adapters.cassandra.partitions import SHOP
from personalization.codec.moments import from_microseconds
from personalization.domain.errors import (
    DamagedSnapshotError,
    StoreUnavailableError,
    SupersededError,
)
from personalization.domain.kept_snapshot import KeptSnapshot, beyond_retention

PIECE_BYTES = 256 * 1024
"""A request carries one piece; larger ones trouble a coordinator's memory."""
_WRITE_PIECE = "INSERT INTO model_chunks (version, part, number, body) VALUES (?, ?, ?, ?)"
_READ_PIECES = "SELECT body FROM model_chunks WHERE version = ? AND part = ?"
_DELETE_PART = "DELETE FROM model_chunks WHERE version = ? AND part = ?"
_WRITE_MANIFEST = "INSERT INTO model_manifests (shop, version, manifest) VALUES (?, ?, ?)"
_READ_MANIFEST = "SELECT manifest FROM model_manifests WHERE shop = ? AND version = ?"
_SAVED = "SELECT version, WRITETIME(manifest) FROM model_manifests WHERE shop = ?"
_DELETE_MANIFEST = "DELETE FROM model_manifests WHERE shop = ? AND version = ?"
_READ_POINTER = "SELECT version FROM model_pointer WHERE shop = ?"
_MOVE_POINTER = "UPDATE model_pointer SET version = ? WHERE shop = ? IF version = ?"
_MANIFEST = msgspec.json.Decoder(dict[str, str])


class CassandraModelStore:
    def __init__(
        self,
        connection: CassandraConnection,
        kept: int = 5,
        pinned: Callable[[], Collection[str]] = tuple,
    ) -> None:
        self._connection = connection
        self._kept = kept
        self._pinned = pinned
        self._tried: set[str | None] = set()
        """What we last tried to make current: it may be current though the answer was lost."""

    def save(self, parts: Mapping[str, bytes], after: str | None) -> str:
        manifest = {name: hashlib.sha256(body).hexdigest() for name, body in parts.items()}
        digest = hashlib.sha256(msgspec.json.encode(manifest, order="sorted")).hexdigest()[:12]
        current = self.current()
        if current != after:
            if current not in self._tried or (current or "").endswith(f"-{digest}"):
                return self._own_version(current, digest)
            # Our own transaction, whose answer was lost; we have learned more since.
            after = current
        number = int(current.split("-")[0]) + 1 if current else 1
        version = f"{number:06d}-{digest}"
        write_rows(self._connection, _pieces(version, parts))
        written = msgspec.json.encode(manifest).decode()
        self._connection.execute(_WRITE_MANIFEST, (SHOP, version, written))
        self._tried = {version}
        moved = self._connection.execute(_MOVE_POINTER, (version, SHOP, after))
        if not moved.was_applied:
            return self._own_version(self.current(), digest)
        self._discard_old()
        return version

    def current(self) -> str | None:
        row = self._connection.execute(_READ_POINTER, (SHOP,)).one()
        return row[0] if row else None

    def load(self, version: str) -> Mapping[str, bytes]:
        parts = {}
        for name, digest in self._manifest(version).items():
            rows = self._connection.execute(_READ_PIECES, (version, name))
            with translated_errors():
                parts[name] = b"".join(piece for (piece,) in rows)
            if hashlib.sha256(parts[name]).hexdigest() != digest:
                raise DamagedSnapshotError(
                    f"Snapshot {version}: {name} does not match its SHA-256. "
                    "`fitting-room model rollback` goes on from an older version."
                )
        return parts

    def versions(self) -> list[KeptSnapshot]:
        rows = sorted(self._connection.execute(_SAVED, (SHOP,)), key=_number)
        return [KeptSnapshot(version, from_microseconds(saved_us)) for version, saved_us in rows]

    def _own_version(self, current: str | None, digest: str) -> str:
        """Return the current version if it is what we meant to save: the answer may be lost."""
        if current is not None and current.endswith(f"-{digest}"):
            return current
        raise SupersededError

    def _discard_old(self) -> None:
        """Delete what need not stay; what cannot be deleted now is tried next time."""
        try:
            pinned = self._pinned()
            for snapshot in beyond_retention(self.versions(), self._kept):
                if snapshot.version in pinned:
                    continue
                for name in self._manifest(snapshot.version):
                    self._connection.execute(_DELETE_PART, (snapshot.version, name))
                self._connection.execute(_DELETE_MANIFEST, (SHOP, snapshot.version))
        except (DamagedSnapshotError, StoreUnavailableError):
            return

    def _manifest(self, version: str) -> Mapping[str, str]:
        row = self._connection.execute(_READ_MANIFEST, (SHOP, version)).one()
        if row is None:
            raise DamagedSnapshotError(f"Snapshot {version} is not there.")
        return _MANIFEST.decode(row[0])


def _number(row: Row) -> int:
    """Return a version's number: as text the millionth would be the oldest."""
    return int(row[0].split("-")[0])


def _pieces(version: str, parts: Mapping[str, bytes]) -> Iterator[Write]:
    for name, body in parts.items():
        for number, start in enumerate(range(0, max(1, len(body)), PIECE_BYTES)):
            piece = body[start : start + PIECE_BYTES]
            # Each a request of its own: a batch of pieces would be megabytes.
            yield Write((version, name, number), _WRITE_PIECE, (version, name, number, piece))
