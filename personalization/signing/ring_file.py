"""The signing keys of an installation whose API processes share a home folder."""

import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from personalization.domain.access.shop import SHOP
from personalization.domain.errors import StoreUnavailableError
from personalization.shared_file import FileFormat, SharedFile
from personalization.signing.signing_ring import SigningKey, SigningRing

RING_FILE: Final = "signing_keys.json"
FORMER_FILE: Final = "session_tokens.key"
"""The one key of former releases: it becomes the first of the ring."""
KEY_BYTES: Final = 32


class _WrittenKey(msgspec.Struct, frozen=True):
    secret: str
    """Hexadecimal."""
    signs_from: datetime


class _WrittenRing(msgspec.Struct, frozen=True):
    shop: str
    keys: list[_WrittenKey]
    """Newest first."""


_DECODER: Final = msgspec.json.Decoder(_WrittenRing)


def new_key(signs_from: datetime) -> SigningKey:
    return SigningKey(secrets.token_bytes(KEY_BYTES), signs_from)


def _decode(body: bytes) -> SigningRing:
    written = _DECODER.decode(body)
    keys = [SigningKey(bytes.fromhex(key.secret), key.signs_from) for key in written.keys]
    if any(len(key.secret) < KEY_BYTES for key in keys):
        # Anybody could sign by a key that was cut.
        raise ValueError("a key is too short")
    return SigningRing(tuple(keys))


def _encode(ring: SigningRing) -> bytes:
    keys = [_WrittenKey(key.secret.hex(), key.signs_from) for key in ring.keys]
    return msgspec.json.encode(_WrittenRing(SHOP, keys))


_FORMAT: Final = FileFormat(_decode, _encode, "remove it, and all sessions begin anew.")


class RingFile:
    """Raises `StoreUnavailableError` where the file is damaged, as `SharedFile` does."""

    def __init__(self, home: Path, made_at: datetime) -> None:
        self._former = home / FORMER_FILE
        self._shared = SharedFile(
            home / RING_FILE,
            _FORMAT,
            lambda: SigningRing((self._former_key() or new_key(made_at),)),
        )

    def current(self) -> SigningRing:
        return self._shared.current()

    def refresh(self) -> None:
        """Read the file again if it has changed."""
        self._shared.refresh()

    def change(self, change: Callable[[SigningRing], SigningRing]) -> SigningRing:
        """Write the changed ring, one writer at a time, whole or not at all."""
        ring = self._shared.change(change)
        former = self._former_key()
        if former is not None and ring.find(former.key_id) is None:
            self._former.unlink(missing_ok=True)
        return ring

    def _former_key(self) -> SigningKey | None:
        try:
            key = self._former.read_bytes()
        except FileNotFoundError:
            return None
        if len(key) < KEY_BYTES:
            why = f"{self._former} holds no whole key: remove it, and all sessions begin anew."
            raise StoreUnavailableError(why)
        return SigningKey(key)
