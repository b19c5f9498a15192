"""All keys of an installation, as the plan document `keys`."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import msgspec

from personalization.domain.access.api_key import AccessRole, ApiKey
from personalization.domain.clock import LAST_MOMENT
from personalization.domain.errors import InvalidKeyError, UnknownKeyError
from personalization.keys.key_text import KeyText, digest_position

MAXIMUM_KEYS: Final = 1_000
"""Some 400 KB, read by every process when a key changes."""


@dataclass(frozen=True, slots=True)
class KeyBook:
    """Keys by unique id, oldest first; those that are over stay until their room is needed."""

    keys: tuple[ApiKey, ...] = ()

    def __post_init__(self) -> None:
        if len({key.key_id for key in self.keys}) < len(self.keys):
            raise InvalidKeyError("Two keys have the same id.")

    def find(self, key_id: str) -> ApiKey | None:
        return next((key for key in self.keys if key.key_id == key_id), None)

    def get(self, key_id: str) -> ApiKey:
        """Return the key; raises `UnknownKeyError`."""
        known = self.find(key_id)
        if known is None:
            raise UnknownKeyError(f"There is no key {key_id[:50]!r}: `keys list` names them.")
        return known

    def with_key(self, key: ApiKey, now: datetime) -> "KeyBook":
        """Add a key; where there is no room, it takes that of the one that was over first.

        Not of one from a file: a revoked one would be made again from there.
        """
        kept = self.keys
        if len(kept) >= MAXIMUM_KEYS:
            over = [known for known in kept if not (known.is_in_force(now) or known.is_from_file)]
            if not over:
                raise InvalidKeyError(
                    f"There are {MAXIMUM_KEYS:,} keys in force, and no room for another: "
                    "revoke those that nobody uses."
                )
            first = min(over, key=end_of)
            kept = tuple(known for known in kept if known is not first)
        return KeyBook((*kept, key))

    def with_changed(self, key: ApiKey) -> "KeyBook":
        return KeyBook(tuple(key if known.key_id == key.key_id else known for known in self.keys))

    def owners(self, now: datetime) -> list[ApiKey]:
        return [key for key in self.keys if key.role is AccessRole.OWNER and key.is_in_force(now)]

    def has_own_key(self, now: datetime) -> bool:
        """Return whether a key is in force that the embedded default did not make by itself."""
        return any(key.is_in_force(now) and not key.is_development for key in self.keys)


class KeyIndex:
    """A book as processes read it: by id."""

    def __init__(self, book: KeyBook) -> None:
        self.book = book
        self._by_id = {key.key_id: key for key in book.keys}

    def verify(self, text: KeyText) -> "VerifiedKey | None":
        """Return whose text it is, whether or not the key is in force."""
        key = self._by_id.get(text.key_id)
        position = None if key is None else digest_position(text, key.digests)
        return None if key is None or position is None else VerifiedKey(key, position > 0)


@dataclass(frozen=True, slots=True)
class VerifiedKey:
    key: ApiKey
    is_former: bool
    """By the secret before the newest."""

    def holds(self, moment: datetime) -> bool:
        until = self.key.former_until
        if self.is_former and (until is None or moment >= until):
            return False
        return self.key.is_in_force(moment)


def end_of(key: ApiKey) -> datetime:
    """Return when the key was or will be over."""
    return min(key.revoked_at or LAST_MOMENT, key.expires_at or LAST_MOMENT)


def with_digest(key: ApiKey, digest: str, now: datetime, former_until: datetime) -> ApiKey:
    """Return the key with a new secret; of those before, the newest holds for a while."""
    if former_until <= now:
        return replace(key, digests=(digest,), former_until=None)
    return replace(key, digests=(digest, key.digests[0]), former_until=former_until)


# Sets in an order: the same book is the same bytes in every process.
_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder(KeyBook)


def encode_keys(book: KeyBook) -> bytes:
    return _ENCODER.encode(book)


def decode_keys(body: bytes) -> KeyBook:
    """Return the book; raises `InvalidKeyError`."""
    try:
        return _DECODER.decode(body)
    except ValueError as error:
        raise InvalidKeyError(f"The keys cannot be read: {error}.") from error
