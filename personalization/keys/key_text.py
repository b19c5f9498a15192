"""The text of a key: `pk_` or `sk_`, its public id, and 256 random bits.

What is kept of it is the SHA-256 of the whole text. A slow hash (Argon2, scrypt) protects what
people choose, since that can be guessed; 256 random bits cannot be, however fast the hash is, and
every request would pay for it.
"""

import hmac
import re
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from personalization.domain.access.api_key import KeyId, KeyKind

PREFIXES: Final = {KeyKind.PUBLISHABLE: "pk", KeyKind.SECRET: "sk"}
_KINDS: Final = {prefix: kind for kind, prefix in PREFIXES.items()}
ID_LENGTH: Final = 12
SECRET_LENGTH: Final = 43
"""Letters and digits: 62^43 is just more than 2^256."""
_ID_CHARACTERS: Final = string.ascii_lowercase + string.digits
_SECRET_CHARACTERS: Final = string.ascii_letters + string.digits
_TEXT: Final = re.compile(r"(pk|sk)_([a-z0-9]{12})_[A-Za-z0-9]{43}")
TEXT_LENGTH: Final = len("pk__") + ID_LENGTH + SECRET_LENGTH


@dataclass(frozen=True, slots=True)
class KeyText:
    kind: KeyKind
    key_id: KeyId
    text: str = field(repr=False)
    """The whole of it, which nobody keeps."""

    @property
    def digest(self) -> str:
        """SHA-256 of the whole text, in hex."""
        return sha256(self.text.encode()).hexdigest()


def make_key_text(kind: KeyKind, key_id: KeyId | None = None) -> KeyText:
    """Return a text with a secret of its own, for a new key or for one that there is."""
    known = key_id or KeyId(_random(_ID_CHARACTERS, ID_LENGTH))
    secret = _random(_SECRET_CHARACTERS, SECRET_LENGTH)
    return KeyText(kind, known, f"{PREFIXES[kind]}_{known}_{secret}")


def parse_key_text(text: str) -> KeyText | None:
    """Return the parts of a text that is written as a key is, None for any other."""
    if len(text) != TEXT_LENGTH:
        return None
    found = _TEXT.fullmatch(text)
    return KeyText(_KINDS[found[1]], KeyId(found[2]), text) if found else None


def digest_position(text: KeyText, digests: Sequence[str]) -> int | None:
    """Return which of the digests is the text's; the time it takes does not tell how much is."""
    wanted = text.digest
    matches = [hmac.compare_digest(wanted, digest) for digest in digests]
    return matches.index(True) if any(matches) else None


def _random(characters: str, length: int) -> str:
    return "".join(secrets.choice(characters) for _ in range(length))
