"""Shapes of the routes for keys and the audit log."""

from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from personalization.audit.audit_view import AuditView
from personalization.domain.access.api_key import AccessRole, KeyKind, RateLimit, Scope
from personalization.keys.editor import KeyChange, NewKey
from personalization.keys.key_checks import MAXIMUM_NAME, MAXIMUM_PER_DAY, MAXIMUM_PER_SECOND
from personalization.keys.key_view import KeyView
from personalization.keys.origins import MAXIMUM_ORIGINS

_Name = Annotated[str, Meta(min_length=1, max_length=MAXIMUM_NAME)]
_Origins = Annotated[list[str], Meta(max_length=MAXIMUM_ORIGINS)]
_Scopes = Annotated[list[Scope], Meta(max_length=len(Scope))]
_Moment = Annotated[datetime, Meta(tz=True)]
MOST_GRACE_HOURS: Final = 2_160


class LimitFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Requests that a key may make."""

    per_second: Annotated[int, Meta(ge=1, le=MAXIMUM_PER_SECOND)]
    per_day: Annotated[int, Meta(ge=0, le=MAXIMUM_PER_DAY)] = 0
    """0 is no quota."""


class NewKeyFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key to be made; without scopes and role it has those of its kind."""

    kind: KeyKind
    name: _Name
    scopes: _Scopes | None = None
    role: AccessRole | None = None
    origins: _Origins = []
    limit: LimitFields | None = None
    expires_at: _Moment | None = None


class KeyChangeFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be different; what is absent stays as it is."""

    name: _Name | None = None
    origins: _Origins | None = None
    limit: LimitFields | None = None
    expires_at: _Moment | None = None


class KeyRotation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long the former text holds."""

    grace_hours: Annotated[int, Meta(ge=0, le=MOST_GRACE_HOURS)] = 24


class KeyPage(msgspec.Struct, frozen=True):
    """Keys, oldest first; those that are over stay until their room is needed."""

    total: int
    keys: list[KeyView]


class KeyMade(msgspec.Struct, frozen=True):
    """A key with its text, which nobody can read again."""

    text: str
    key: KeyView


class AuditPage(msgspec.Struct, frozen=True):
    """Changes, newest first; `next` is `before` of the next page."""

    entries: list[AuditView]
    next: datetime | None


ADMIN_KEY_SHAPES: Final = (
    AuditPage, KeyChangeFields, KeyMade, KeyPage, KeyRotation, KeyView, NewKeyFields,
)  # fmt: skip


def wanted_key(fields: NewKeyFields) -> NewKey:
    return NewKey(
        kind=fields.kind,
        name=fields.name,
        scopes=None if fields.scopes is None else frozenset(fields.scopes),
        role=fields.role,
        origins=tuple(fields.origins),
        limit=_limit(fields.limit),
        expires_at=fields.expires_at,
    )


def wanted_change(fields: KeyChangeFields) -> KeyChange:
    return KeyChange(
        name=fields.name,
        origins=None if fields.origins is None else tuple(fields.origins),
        limit=_limit(fields.limit),
        expires_at=fields.expires_at,
    )


def _limit(fields: LimitFields | None) -> RateLimit | None:
    if fields is None:
        return None
    return RateLimit(per_second=fields.per_second, per_day=fields.per_day)
