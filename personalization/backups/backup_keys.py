"""By which key a backup is encrypted: one of privacy, or a passphrase that a file holds."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from personalization.backups.sealed_stream import BackupHeader
from personalization.domain.errors import InvalidKeyError, PrivacyKeyError
from personalization.vault.privacy_ring import PrivacyRing, Purpose

PASSPHRASE: Final = "passphrase"  # noqa: S105 - the name of the kind
_SHORTEST: Final = 12
_COST: Final = 2**15
"""Of Scrypt: 32 MiB and a tenth of a second."""


@dataclass(frozen=True, slots=True)
class BackupKeys:
    ring: PrivacyRing | None
    """None where there is none, as on another machine with the passphrase alone."""
    passphrase: bytes | None = None

    @property
    def name(self) -> str:
        """Return what stands in the header of a new backup."""
        if self.passphrase is not None:
            return PASSPHRASE
        if self.ring is None:
            raise InvalidKeyError("There is no key to encrypt by.")
        return self.ring.keys[0].key_id

    def secret_of(self, header: BackupHeader) -> bytes:
        """Return the secret; raises `PrivacyKeyError` where the key is not there."""
        if header.key == PASSPHRASE:
            if self.passphrase is None:
                raise PrivacyKeyError(
                    "The backup is encrypted by a passphrase: name its file with --passphrase-file."
                )
            salt = bytes.fromhex(header.salt)
            return Scrypt(salt=salt, length=32, n=_COST, r=8, p=1).derive(self.passphrase)
        key = None if self.ring is None else self.ring.find(header.key)
        if key is None:
            raise PrivacyKeyError(
                f"The backup is encrypted by the key of privacy {header.key}, which is not here: "
                "give it by FITTING_ROOM_PRIVACY_KEYS or FITTING_ROOM_PRIVACY_KEYS_FILE."
            )
        return key.of(Purpose.BACKUPS)


def read_passphrase(file: Path) -> bytes:
    """Return a file's passphrase, without the end of its line; raises `InvalidKeyError`."""
    try:
        text = file.read_bytes().rstrip(b"\r\n")
    except OSError as error:
        raise InvalidKeyError(f"{file} cannot be read: {error.strerror}.") from error
    if len(text) < _SHORTEST:
        raise InvalidKeyError(f"{file} holds a passphrase of fewer than {_SHORTEST} bytes.")
    return text
