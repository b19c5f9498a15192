"""Keys of every kind, with their texts."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from personalization.domain.access.api_key import (
    PUBLISHABLE_SCOPES,
    SERVER_SCOPES,
    AccessRole,
    ApiKey,
    KeyId,
    KeyKind,
)
from tests.builders.moments import NOON

SHOP_PAGE: Final = "https://shop.example"
PUBLISHABLE: Final = "pk_page_secret"
SERVER: Final = "sk_server_secret"
OF_ROLE: Final = {role: f"sk_{role}_secret" for role in AccessRole}
REVOKED: Final = "sk_revoked_secret"
EXPIRED: Final = "sk_expired_secret"
FORMER: Final = "sk_server_former"
"""Of a rotation that is over."""


def a_key(text: str, kind: KeyKind = KeyKind.SECRET) -> ApiKey:
    """Return a key with the id of its text and the usual scopes of its kind."""
    is_secret = kind is KeyKind.SECRET
    return ApiKey(
        key_id=KeyId(text.split("_")[1]),
        kind=kind,
        name="A key of a test",
        digests=(),
        scopes=SERVER_SCOPES if is_secret else PUBLISHABLE_SCOPES,
        origins=() if is_secret else (SHOP_PAGE,),
        created_at=NOON - timedelta(days=30),
    )


def keys_of_every_kind() -> dict[str, ApiKey]:
    past = NOON - timedelta(days=1)
    roles = {
        text: replace(a_key(text), scopes=frozenset(), role=role) for role, text in OF_ROLE.items()
    }
    return {
        PUBLISHABLE: a_key(PUBLISHABLE, KeyKind.PUBLISHABLE),
        SERVER: a_key(SERVER),
        REVOKED: replace(a_key(REVOKED), revoked_at=past),
        EXPIRED: replace(a_key(EXPIRED), expires_at=past),
        **roles,
    }


class KnownKeys:
    """Implements `FindsKeys` over texts."""

    def __init__(self, keys: Iterable[tuple[str, ApiKey]] | None = None) -> None:
        self._keys = dict(keys or keys_of_every_kind().items())

    def find(self, text: str, now: datetime) -> ApiKey | None:
        key = self._keys.get(text)
        return key if key is not None and key.is_in_force(now) else None
