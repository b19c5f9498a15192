"""Encrypts single values of stores: AES-256-GCM, bound to the place where a value lies."""

import os
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from personalization.domain.clock import Clock
from personalization.domain.errors import PrivacyKeyError, SealedValueError
from personalization.vault.privacy_ring import (
    KEY_ID_LENGTH,
    PrivacyKey,
    PrivacyKeyId,
    PrivacyKeys,
    Purpose,
)

_VERSION: Final = b"\x01"
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_KEY_END: Final = 1 + KEY_ID_LENGTH // 2
_HEAD_BYTES: Final = _KEY_END + _NONCE_BYTES


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """Where a value lies: one that was moved to another row or column does not open."""

    store: str
    column: str
    row: str

    def __str__(self) -> str:
        return f"{self.store}.{self.column}"

    def bytes(self) -> bytes:
        parts = [part.encode() for part in (self.store, self.column, self.row)]
        # With their lengths: no two places may read the same.
        return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


@dataclass(frozen=True, slots=True)
class FieldCipher:
    """Writes a version, the key's id, a random nonce, the cipher text and its tag."""

    keys: PrivacyKeys
    clock: Clock
    purpose: Purpose = Purpose.FIELDS

    def seal(self, place: FieldPlace, plain: bytes) -> bytes:
        key, nonce = self.keys.current().newest(self.clock.now()), os.urandom(_NONCE_BYTES)
        head = _VERSION + bytes.fromhex(key.key_id) + nonce
        return head + self._cipher(key).encrypt(nonce, plain, place.bytes())

    def open(self, place: FieldPlace, sealed: bytes) -> bytes:
        """Raise `PrivacyKeyError` for a key that is gone, `SealedValueError` for what was altered.

        Neither says what the value or its row is.
        """
        key_id = key_id_of(sealed)
        if key_id is None:
            raise SealedValueError(f"A value of {place} is no encrypted value.")
        key = self.keys.current().find(key_id)
        if key is None:
            raise PrivacyKeyError(
                f"A value of {place} is encrypted by the key {key_id}, which is not among the keys "
                "of privacy: bring that key back."
            )
        try:
            nonce = sealed[_KEY_END:_HEAD_BYTES]
            return self._cipher(key).decrypt(nonce, sealed[_HEAD_BYTES:], place.bytes())
        except InvalidTag as error:
            raise SealedValueError(
                f"A value of {place} does not open: it was altered, or moved from another row."
            ) from error

    def _cipher(self, key: PrivacyKey) -> AESGCM:
        return AESGCM(key.of(self.purpose))


def key_id_of(sealed: bytes) -> PrivacyKeyId | None:
    """Return the key by which a value was encrypted, None where it is no such value."""
    if len(sealed) < _HEAD_BYTES + _TAG_BYTES or sealed[:1] != _VERSION:
        return None
    return PrivacyKeyId(sealed[1:_KEY_END].hex())
