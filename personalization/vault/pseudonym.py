"""What stands in place of a person's id: `u`, the key's id, and a keyed hash of 128 bits."""

import hmac
import re
from base64 import urlsafe_b64encode
from typing import Final

from personalization.domain.identifiers import ShopUserId, UserId
from personalization.vault.privacy_ring import PrivacyKey, PrivacyKeyId, PrivacyRing, Purpose

_HASH_BYTES: Final = 16
_PSEUDONYM: Final = re.compile(r"u([0-9a-f]{8})-[A-Za-z0-9_-]{22}")
PSEUDONYM: Final = _PSEUDONYM.pattern
"""What a whole pseudonym looks like, to Java as well."""


def pseudonym_of(shop_id: ShopUserId, key: PrivacyKey) -> UserId:
    digest = hmac.digest(key.of(Purpose.USER_IDS), shop_id.encode(), "sha256")[:_HASH_BYTES]
    return UserId(f"{prefix_of(key.key_id)}{urlsafe_b64encode(digest).rstrip(b'=').decode()}")


def prefix_of(key_id: str) -> str:
    """Return what all pseudonyms of a key begin with."""
    return f"u{key_id}-"


def key_of_pseudonym(user_id: str) -> PrivacyKeyId | None:
    """Return the key of a pseudonym; None for a plain id, as former releases kept them."""
    found = _PSEUDONYM.fullmatch(user_id)
    return PrivacyKeyId(found[1]) if found else None


def hashes_of(user_id: UserId, ring: PrivacyRing) -> tuple[UserId, ...]:
    """Return a pseudonym as it is, and of a plain id what each key makes of it, the newest first.

    Whoever notes a person for longer than all else is kept notes one of these: nobody finds the
    person by trying ids.
    """
    if key_of_pseudonym(user_id):
        return (user_id,)
    return tuple(pseudonym_of(ShopUserId(user_id), key) for key in ring.keys)
