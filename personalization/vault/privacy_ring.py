"""The keys of privacy: the newest is used, those before it are read as long as one is needed."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final, NewType, Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PrivacyKeyId = NewType("PrivacyKeyId", str)
"""Stands before what was made by the key; made of the key, so that all processes agree on it."""
KEY_BYTES: Final = 32
MOST_KEYS: Final = 8
"""A person is looked for under each of them."""
KEY_ID_LENGTH: Final = 8
_KEY_ID: Final = b"fitting room privacy key id 1 "
_PURPOSE: Final = b"fitting room privacy 1 "
ALWAYS: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Purpose(StrEnum):
    """Each has a key of its own, derived by HKDF: what one shows says nothing of another."""

    USER_IDS = "user-ids"
    FIELDS = "fields"
    SESSIONS = "sessions"
    RECEIPTS = "receipts"
    BACKUPS = "backups"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class PrivacyKey:
    """A key of 256 bits; raises `ValueError` for one of another length."""

    secret: bytes = field(repr=False)
    used_from: datetime = ALWAYS
    """Later than it was made: by then every process can read what is made by it."""
    key_id: PrivacyKeyId = field(init=False)
    _derived: dict[Purpose, bytes] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise ValueError(f"A key of privacy has {KEY_BYTES} bytes, not {len(self.secret)}.")
        key_id = sha256(_KEY_ID + self.secret).hexdigest()[:KEY_ID_LENGTH]
        object.__setattr__(self, "key_id", PrivacyKeyId(key_id))
        derived = {purpose: _derive(self.secret, purpose) for purpose in Purpose}
        object.__setattr__(self, "_derived", derived)

    def of(self, purpose: Purpose) -> bytes:
        return self._derived[purpose]


def _derive(secret: bytes, purpose: Purpose) -> bytes:
    info = _PURPOSE + purpose.value.encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(secret)


@dataclass(frozen=True, slots=True)
class PrivacyRing:
    """Keys, newest first; raises `ValueError` for none, too many, or one twice."""

    keys: tuple[PrivacyKey, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.keys) <= MOST_KEYS:
            raise ValueError(f"There are {len(self.keys)} keys of privacy: give 1 to {MOST_KEYS}.")
        if len({key.key_id for key in self.keys}) < len(self.keys):
            raise ValueError("A key of privacy is given twice: leave one of them out.")

    def newest(self, now: datetime) -> PrivacyKey:
        """Return the key that is used: the newest that every process knows by now."""
        return next((key for key in self.keys if key.used_from <= now), self.keys[-1])

    def find(self, key_id: str) -> PrivacyKey | None:
        return next((key for key in self.keys if key.key_id == key_id), None)


class PrivacyKeys(Protocol):
    def current(self) -> PrivacyRing:
        """Return the ring: the same object as long as nothing has changed."""


@dataclass(frozen=True, slots=True)
class GivenPrivacyKeys:
    """The keys of the settings: they change when the process starts again."""

    ring: PrivacyRing

    def current(self) -> PrivacyRing:
        return self.ring
