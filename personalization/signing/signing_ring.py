"""The keys that sign tokens: the newest signs, those before it are read as long as one may hold."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final, NewType, Protocol

from personalization.domain.session import SESSION_LIFE

SigningKeyId = NewType("SigningKeyId", str)
"""Stands in each token and names the key; made of the key, so that all processes agree on it."""
MOST_KEYS: Final = 8
"""A token of a former release names no key, and is tried with each."""
KEY_ID_LENGTH: Final = 8
_PURPOSE: Final = b"fitting room signing key id 1 "
ALWAYS: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SigningKey:
    secret: bytes = field(repr=False)
    signs_from: datetime = ALWAYS
    """Later than it was made: by then every process can read what it signs."""
    key_id: SigningKeyId = field(init=False)

    def __post_init__(self) -> None:
        key_id = sha256(_PURPOSE + self.secret).hexdigest()[:KEY_ID_LENGTH]
        object.__setattr__(self, "key_id", SigningKeyId(key_id))


@dataclass(frozen=True, slots=True)
class SigningRing:
    """Keys, newest first; raises `ValueError` for none, too many, or one twice."""

    keys: tuple[SigningKey, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.keys) <= MOST_KEYS:
            raise ValueError(f"There are {len(self.keys)} signing keys: give 1 to {MOST_KEYS}.")
        if len({key.key_id for key in self.keys}) < len(self.keys):
            raise ValueError("A signing key is given twice: leave one of them out.")

    @classmethod
    def of_secrets(cls, secrets: Sequence[bytes]) -> "SigningRing":
        return cls(tuple(map(SigningKey, secrets)))

    @property
    def key_ids(self) -> frozenset[SigningKeyId]:
        return frozenset(key.key_id for key in self.keys)

    def signing(self, now: datetime) -> SigningKey:
        """Return the key that signs: the newest that every process knows by now."""
        return next((key for key in self.keys if key.signs_from <= now), self.keys[-1])

    def find(self, key_id: str) -> SigningKey | None:
        return next((key for key in self.keys if key.key_id == key_id), None)

    def without_spent(self, now: datetime) -> tuple[SigningKey, ...]:
        """Return the keys of which a token may still hold.

        These are the newest, and those that signed within the life of a session.
        """
        first, *others = self.keys
        pairs = zip(self.keys, others, strict=False)
        return (first, *(key for newer, key in pairs if now < newer.signs_from + SESSION_LIFE))


class SigningKeys(Protocol):
    def current(self) -> SigningRing:
        """Return the ring: the same object as long as nothing has changed."""


@dataclass(frozen=True, slots=True)
class GivenKeys:
    """The keys of the settings: they change when the process starts again."""

    ring: SigningRing

    def current(self) -> SigningRing:
        return self.ring
