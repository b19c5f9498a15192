"""A book with a key of every kind, whose texts are known."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Final

from personalization.domain.access.api_key import (
    PUBLISHABLE_SCOPES,
    SERVER_SCOPES,
    AccessRole,
    ApiKey,
    KeyId,
    KeyKind,
)
from personalization.keys.key_book import KeyBook, encode_keys
from personalization.keys.key_text import PREFIXES, SECRET_LENGTH
from personalization.ports.plan_store import KEYS, PlanStore
from tests.builders.moments import NOON

SHOP_PAGE: Final = "https://shop.example"
_PAST: Final = NOON - timedelta(days=1)


def _text(kind: KeyKind, key_id: str, character: str = "s") -> str:
    return f"{PREFIXES[kind]}_{key_id}_{character * SECRET_LENGTH}"


PUBLISHABLE: Final = _text(KeyKind.PUBLISHABLE, "page00000000")
SERVER: Final = _text(KeyKind.SECRET, "server000000")
FORMER: Final = _text(KeyKind.SECRET, "server000000", "f")
"""Of a rotation that is over."""
ROTATED: Final = _text(KeyKind.SECRET, "rotated00000", "f")
"""The former secret of a rotation that is under way: it still holds."""
WRONG: Final = _text(KeyKind.SECRET, "server000000", "w")
REVOKED: Final = _text(KeyKind.SECRET, "revoked00000")
EXPIRED: Final = _text(KeyKind.SECRET, "expired00000")
OF_ROLE: Final = {role: _text(KeyKind.SECRET, f"{role:0<12}") for role in AccessRole}


def key_of(text: str) -> ApiKey:
    """Return a key with this text, and the usual scopes of its kind."""
    prefix, key_id, _ = text.split("_")
    is_secret = prefix == PREFIXES[KeyKind.SECRET]
    return ApiKey(
        key_id=KeyId(key_id),
        kind=KeyKind.SECRET if is_secret else KeyKind.PUBLISHABLE,
        name="A key of a test",
        digests=(sha256(text.encode()).hexdigest(),),
        scopes=SERVER_SCOPES if is_secret else PUBLISHABLE_SCOPES,
        origins=() if is_secret else (SHOP_PAGE,),
        created_at=NOON - timedelta(days=30),
    )


def known_book() -> KeyBook:
    server = key_of(SERVER)
    return KeyBook(
        (
            key_of(PUBLISHABLE),
            replace(
                server,
                digests=(*server.digests, sha256(FORMER.encode()).hexdigest()),
                former_until=_PAST,
            ),
            replace(
                key_of(ROTATED),
                digests=("0" * 64, *key_of(ROTATED).digests),
                former_until=NOON + timedelta(days=1),
            ),
            replace(key_of(REVOKED), revoked_at=_PAST),
            replace(key_of(EXPIRED), expires_at=_PAST),
            *(
                replace(key_of(text), scopes=frozenset(), role=role)
                for role, text in OF_ROLE.items()
            ),
        )
    )


def write_known_keys(plans: PlanStore, *more: ApiKey) -> None:
    """Write the book as the first one of a store."""
    plans.write(KEYS, encode_keys(KeyBook((*known_book().keys, *more))), 0)
