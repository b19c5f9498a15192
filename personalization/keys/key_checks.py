"""What a key may be, and what its maker may give it."""

from datetime import datetime
from typing import Final

from personalization.domain.access.api_key import (
    PUBLISHABLE_SCOPES,
    SCOPES_OF,
    ApiKey,
    KeyKind,
    RateLimit,
    Scope,
)
from personalization.domain.errors import InvalidKeyError, KeyRightsError

MAXIMUM_NAME: Final = 100
MAXIMUM_PER_SECOND: Final = 100_000
MAXIMUM_PER_DAY: Final = 10_000_000_000


def scopes_of(key: ApiKey) -> frozenset[Scope]:
    """Return all that a key allows: its own scopes and those of its role."""
    return key.scopes if key.role is None else key.scopes | SCOPES_OF[key.role]


def check_key(key: ApiKey, now: datetime) -> None:
    """Raise `InvalidKeyError` for a key that there must not be."""
    if not key.name.strip() or len(key.name) > MAXIMUM_NAME or not key.name.isprintable():
        raise InvalidKeyError(
            f"A key's name says what it is for, in 1 to {MAXIMUM_NAME} characters of one line."
        )
    if not scopes_of(key):
        raise InvalidKeyError("The key would allow nothing: name a scope or a role.")
    if key.kind is KeyKind.PUBLISHABLE:
        _check_publishable(key)
    elif key.origins:
        raise InvalidKeyError(
            "A secret key has no origins: it never stands in a page. For browsers make a "
            "publishable key."
        )
    if key.expires_at is not None and key.expires_at <= now:
        raise InvalidKeyError(
            f"The key would have expired already ({key.expires_at:%F %H:%M} UTC)."
        )
    _check_limit(key.limit)


def check_rights(key: ApiKey, maker: ApiKey | None) -> None:
    """Raise `KeyRightsError` where a maker gives more than it has; None may give everything."""
    if maker is None:
        return
    lacking = sorted(scopes_of(key) - scopes_of(maker))
    if lacking:
        raise KeyRightsError(
            f"Key {maker.key_id} lacks {', '.join(lacking)}, and cannot give, renew or change "
            "what it does not have."
        )
    if maker.expires_at is not None and (
        key.expires_at is None or key.expires_at > maker.expires_at
    ):
        raise KeyRightsError(
            f"Key {maker.key_id} expires {maker.expires_at:%F %H:%M} UTC, and cannot make or "
            "change one that lives longer."
        )
    if maker.limit is not None and _is_above(key.limit, maker.limit):
        raise KeyRightsError(
            f"Key {maker.key_id} has {maker.limit.per_second} requests a second and "
            f"{maker.limit.per_day or 'any number of'} a day, and cannot give more."
        )


def _check_publishable(key: ApiKey) -> None:
    above = sorted(scopes_of(key) - PUBLISHABLE_SCOPES)
    if key.role is not None or above:
        allowed = ", ".join(sorted(PUBLISHABLE_SCOPES))
        what = ", ".join(above) or f"the role {key.role}"
        raise InvalidKeyError(
            f"A publishable key is known to everybody and cannot have {what}: only {allowed}."
        )
    if not key.origins:
        raise InvalidKeyError(
            "A publishable key needs the origins of its pages, such as https://shop.example "
            "(--origin)."
        )


def _check_limit(limit: RateLimit | None) -> None:
    if limit is None:
        return
    if not 1 <= limit.per_second <= MAXIMUM_PER_SECOND:
        raise InvalidKeyError(f"Requests a second are 1 to {MAXIMUM_PER_SECOND:,}.")
    if not 0 <= limit.per_day <= MAXIMUM_PER_DAY:
        raise InvalidKeyError(f"Requests a day are 1 to {MAXIMUM_PER_DAY:,}, or 0 for no quota.")


def _is_above(limit: RateLimit | None, bound: RateLimit) -> bool:
    if limit is None or limit.per_second > bound.per_second:
        return True
    return bound.per_day > 0 and (limit.per_day == 0 or limit.per_day > bound.per_day)
