"""A key as people and the audit log see it: everything but its digests."""

from datetime import datetime
from enum import StrEnum

import msgspec

from personalization.domain.access.api_key import AccessRole, ApiKey, KeyKind, Scope
from personalization.domain.access.shop import ShopId


class KeyState(StrEnum):
    IN_FORCE = "in force"
    EXPIRED = "expired"
    REVOKED = "revoked"


class LimitView(msgspec.Struct, frozen=True, kw_only=True):
    per_second: int
    per_day: int
    """0 is none."""


class KeyView(msgspec.Struct, frozen=True, kw_only=True, rename={"key_id": "id"}):
    key_id: str
    kind: KeyKind
    name: str
    state: KeyState
    scopes: tuple[Scope, ...]
    role: AccessRole | None
    shop: ShopId
    origins: tuple[str, ...]
    limit: LimitView | None
    development: bool
    created_at: datetime
    former_until: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


def view_of(key: ApiKey, now: datetime) -> KeyView:
    limit = key.limit
    in_rotation = key.former_until is not None and now < key.former_until
    return KeyView(
        key_id=key.key_id,
        kind=key.kind,
        name=key.name,
        state=state_of(key, now),
        scopes=tuple(sorted(key.scopes)),
        role=key.role,
        shop=key.shop,
        origins=key.origins,
        limit=None
        if limit is None
        else LimitView(per_second=limit.per_second, per_day=limit.per_day),
        development=key.is_development,
        created_at=key.created_at,
        former_until=key.former_until if in_rotation else None,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
    )


def state_of(key: ApiKey, now: datetime) -> KeyState:
    if key.is_in_force(now):
        return KeyState.IN_FORCE
    if key.revoked_at is not None:
        return KeyState.REVOKED
    return KeyState.EXPIRED
