"""The keys of privacy of an installation whose processes share a home folder."""

import secrets
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from personalization.domain.access.shop import SHOP
from personalization.shared_file import FileFormat, SharedFile
from personalization.vault.privacy_ring import KEY_BYTES, PrivacyKey, PrivacyRing

PRIVACY_FILE: Final = "privacy_keys.json"


class _WrittenPrivacyKey(msgspec.Struct, frozen=True):
    secret: str
    """Hexadecimal."""
    used_from: datetime


class _WrittenPrivacyRing(msgspec.Struct, frozen=True):
    shop: str
    keys: list[_WrittenPrivacyKey]
    """Newest first."""


_DECODER: Final = msgspec.json.Decoder(_WrittenPrivacyRing)


def new_privacy_key(used_from: datetime) -> PrivacyKey:
    return PrivacyKey(secrets.token_bytes(KEY_BYTES), used_from)


def decode_ring(body: bytes) -> PrivacyRing:
    """Raise `ValueError` for what is no whole ring."""
    written = _DECODER.decode(body)
    keys = [PrivacyKey(bytes.fromhex(key.secret), key.used_from) for key in written.keys]
    return PrivacyRing(tuple(keys))


def encode_ring(ring: PrivacyRing) -> bytes:
    keys = [_WrittenPrivacyKey(key.secret.hex(), key.used_from) for key in ring.keys]
    return msgspec.json.encode(_WrittenPrivacyRing(SHOP, keys))


_FORMAT: Final = FileFormat(
    decode_ring,
    encode_ring,
    "bring it back from where you keep a copy. Without it nobody is known any more, and encrypted "
    "backups cannot be opened; if there is no copy, remove it, and a new one is made.",
)


class PrivacyFile(SharedFile[PrivacyRing]):
    def __init__(self, home: Path, made_at: datetime) -> None:
        super().__init__(
            home / PRIVACY_FILE, _FORMAT, lambda: PrivacyRing((new_privacy_key(made_at),))
        )
