"""Model snapshots in Cassandra: parts in pieces, a manifest of checksums, one pointer.

A snapshot is there once its manifest is, which is written after its pieces. The pointer moves
by a lightweight transaction that compares it with the version the writer began with, so that of
two writers one is refused.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from operator import itemgetter

import msgspec

from personalization.adapters.cassandra.batches import Write, write_rows
from personalization.adapters.cassandra.connection import (
    CassandraConnection,
    translated_errors,
)
from personalization.adapters.cassandra.partitions import SHOP
from personalization.codec.moments import from_microseconds
from personalization.domain.errors import (
    DamagedSnapshotError,
    StoreUnavailableError,
    SupersededError,
)
from personalization.domain.models.kept_snapshot import KeptSnapshot, beyond_retention
from personalization.learning.snapshot_name import (
    check_part,
    decode_manifest,
    digest_of,
    manifest_of,
    name_of,
    number_of,
)

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
        manifest = manifest_of(parts)
        digest = digest_of(manifest)
        current = self.current()
        if current != after:
            if current not in self._tried or (current or "").endswith(f"-{digest}"):
                return self._own_version(current, digest)
            # Our own transaction, whose answer was lost; we have learned more since.
            after = current
        version = name_of(self._next_number(current), manifest)
        write_rows(self._connection, _pieces(version, parts))
        written = msgspec.json.encode(manifest).decode()
        self._connection.execute(_WRITE_MANIFEST, (SHOP, version, written))
        self._tried = {version}
        moved = self._connection.execute(_MOVE_POINTER, (version, SHOP, after))
        if not moved.was_applied:
            return self._own_version(self.current(), digest)
        self._discard_old(parts)
        return version

    def discard(self, versions: Collection[str]) -> None:
        current = self.current()
        usual = () if current is None else self._part_names(current)
        for version in set(versions) - {current}:
            self._delete(version, usual)

    def current(self) -> str | None:
        row = self._connection.execute(_READ_POINTER, (SHOP,)).one()
        return row[0] if row else None

    def load(self, version: str) -> Mapping[str, bytes]:
        parts = {}
        for name, digest in self._manifest(version).items():
            rows = self._connection.execute(_READ_PIECES, (version, name))
            with translated_errors():
                body = b"".join(piece for (piece,) in rows)
            parts[name] = check_part(version, name, body, digest)
        return parts

    def versions(self) -> list[KeptSnapshot]:
        rows = ((number_of(row[0]), *row) for row in self._connection.execute(_SAVED, (SHOP,)))
        numbered = sorted((row for row in rows if row[0] is not None), key=itemgetter(0))
        return [KeptSnapshot(version, from_microseconds(saved)) for _, version, saved in numbered]

    def _next_number(self, current: str | None) -> int:
        """Return a number above the current one's and, where that is unreadable, all others'."""
        known = [current or "", *(snapshot.version for snapshot in self.versions())]
        return max(number_of(version) or 0 for version in known) + 1

    def _own_version(self, current: str | None, digest: str) -> str:
        """Return the current version if it is what we meant to save: the answer may be lost."""
        if current is not None and current.endswith(f"-{digest}"):
            return current
        raise SupersededError

    def _discard_old(self, usual: Collection[str]) -> None:
        """Delete what need not stay; what cannot be deleted now is tried next time.

        One whose manifest is damaged has the usual parts: it must not keep all after it for ever.
        """
        try:
            pinned = self._pinned()
            for snapshot in beyond_retention(self.versions(), self._kept):
                if snapshot.version in pinned:
                    continue
                self._delete(snapshot.version, usual)
        except StoreUnavailableError:
            return

    def _delete(self, version: str, usual: Collection[str]) -> None:
        for name in self._part_names(version) or usual:
            self._connection.execute(_DELETE_PART, (version, name))
        self._connection.execute(_DELETE_MANIFEST, (SHOP, version))

    def _part_names(self, version: str) -> Collection[str]:
        try:
            return self._manifest(version).keys()
        except DamagedSnapshotError:
            return ()

    def _manifest(self, version: str) -> Mapping[str, str]:
        row = self._connection.execute(_READ_MANIFEST, (SHOP, version)).one()
        if row is None:
            raise DamagedSnapshotError(f"Snapshot {version} is not there.")
        return decode_manifest(version, row[0] or "")


def _pieces(version: str, parts: Mapping[str, bytes]) -> Iterator[Write]:
    for name, body in parts.items():
        for number, start in enumerate(range(0, max(1, len(body)), PIECE_BYTES)):
            piece = body[start : start + PIECE_BYTES]
            # Each a request of its own: a batch of pieces would be megabytes.
            yield Write((version, name, number), _WRITE_PIECE, (version, name, number, piece))
