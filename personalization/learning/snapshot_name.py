"""A snapshot's name: its number, and a digest of its manifest, by which damage to that is seen."""

from collections.abc import Mapping
from hashlib import sha256

import msgspec

from personalization.domain.errors import DamagedSnapshotError

ADVICE = "`fitting-room model rollback` goes on from an older version."
_LONGEST = 64


def manifest_of(parts: Mapping[str, bytes]) -> Mapping[str, str]:
    """Return the SHA-256 of each part."""
    return {name: sha256(body).hexdigest() for name, body in parts.items()}


def digest_of(manifest: Mapping[str, str]) -> str:
    return sha256(msgspec.json.encode(manifest, order="sorted")).hexdigest()[:12]


def name_of(number: int, manifest: Mapping[str, str]) -> str:
    return f"{number:06d}-{digest_of(manifest)}"


def number_of(name: str) -> int | None:
    """Return a name's number, None for what is no name of a snapshot.

    Snapshots are ordered by it: as text the millionth would be the oldest.
    """
    number, _, digest = name.partition("-")
    is_name = number.isascii() and number.isdecimal() and digest.isascii() and digest.isalnum()
    return int(number) if is_name and len(name) <= _LONGEST else None


def decode_manifest(version: str, encoded: bytes | str) -> Mapping[str, str]:
    """Return the manifest; raises `DamagedSnapshotError` unless the name was made of it."""
    try:
        manifest = msgspec.json.decode(encoded, type=dict[str, str])
    except (msgspec.DecodeError, UnicodeDecodeError):
        manifest = {}
    if not manifest or not version.endswith(f"-{digest_of(manifest)}"):
        raise DamagedSnapshotError(f"Snapshot {version}: its manifest is damaged. {ADVICE}")
    return manifest


def check_part(version: str, name: str, body: bytes, digest: str) -> bytes:
    """Return the part if it is as it was written; else raises `DamagedSnapshotError`."""
    if sha256(body).hexdigest() != digest:
        raise DamagedSnapshotError(
            f"Snapshot {version}: {name} does not match its SHA-256. {ADVICE}"
        )
    return body
