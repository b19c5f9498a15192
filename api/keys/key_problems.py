"""Why a request with its key, or without one, is refused, in words that say what to do."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from api.errors import KINDS, Kind
from api.keys.key_limits import BY_ADDRESS, LimitRefusal
from api.keys.rate_windows import BY_DAY, BY_SECOND
from api.keys.shown_key import KEY_HEADER
from personalization.domain.access.api_key import PUBLISHABLE_SCOPES, KeyId, Scope
from personalization.domain.errors import StoreUnavailableError
from personalization.keys.key_book import VerifiedKey

KEY_MISSING: Final = Kind("key-missing", "A key is needed", 401)
KEY_REFUSED: Final = Kind("key-refused", "The key does not hold", 401)
SCOPE_MISSING: Final = Kind("key-scope", "The key does not allow this", 403)
SECRET_IN_PAGE: Final = Kind("secret-key-in-page", "A secret key must not stand in a page", 403)
KEY_ORIGIN: Final = Kind("key-origin", "The key is not for pages of this site", 403)
CLOSED_ROUTE: Final = Kind("closed-route", "Nobody may call this route", 403)
KEY_LIMIT: Final = Kind("key-limit", "The key was used too often", 429, retry=True)
OF_KEYS: Final = (
    KEY_MISSING, KEY_REFUSED, SCOPE_MISSING, SECRET_IN_PAGE, KEY_ORIGIN, KEY_LIMIT,
)  # fmt: skip


class KeyRefusal(NamedTuple):
    kind: Kind
    detail: str
    headers: Mapping[str, str] = {}


CLOSED: Final = KeyRefusal(CLOSED_ROUTE, "No row of the table of needs says who may call it.")
THROUGH_PROXY: Final = KeyRefusal(
    KEY_MISSING,
    "The request came through a proxy, so whoever sent it may be elsewhere: send a key as "
    f"`{KEY_HEADER}`, and list the proxy in FITTING_ROOM_API_TRUSTED_PROXIES.",
)
TWO_KEYS: Final = KeyRefusal(KEY_REFUSED, "The request shows several keys: send one.")
NO_SUCH_KEY: Final = KeyRefusal(
    KEY_REFUSED,
    "There is no such key: `fitting-room keys list` says which there are, `keys create` makes one.",
)
KEYS_AWAY: Final = KeyRefusal(
    KINDS[StoreUnavailableError], "The keys cannot be read now: send the same again."
)
IN_QUERY: Final = KeyRefusal(
    KEY_REFUSED,
    "Only a publishable key may stand in an address, since addresses are logged: rotate this one, "
    f"and send it as `{KEY_HEADER}`.",
)
IN_PAGE: Final = KeyRefusal(
    SECRET_IN_PAGE,
    "The request comes from a page, where everybody can read the key: rotate it now, and use a "
    "publishable one there.",
)


def missing_key(need: Scope | None) -> KeyRefusal:
    """Refuse a request without a key; no need is that of operations."""
    of_kind = "key" if need in PUBLISHABLE_SCOPES else "secret key"
    with_scope = f" with the scope `{need}`" if need else ""
    return KeyRefusal(
        KEY_MISSING,
        f"This call needs a {of_kind}{with_scope}: send it as `{KEY_HEADER}`. "
        "`fitting-room keys create` makes one.",
    )


def missing_scope(key_id: KeyId, need: Scope | None) -> KeyRefusal:
    wanted = f"the scope `{need}`" if need else "a secret key"
    return KeyRefusal(SCOPE_MISSING, f"The call needs {wanted}, which {key_id} is without.")


def ended_key(verified: VerifiedKey, now: datetime) -> KeyRefusal:
    """Refuse a key to whoever knows its secret, and therefore may know what became of it."""
    key = verified.key
    why = "has a newer secret since it was rotated"
    if key.revoked_at is not None:
        why = f"was revoked on {key.revoked_at:%Y-%m-%d}"
    elif key.expires_at is not None and key.expires_at <= now:
        why = f"expired on {key.expires_at:%Y-%m-%d}"
    detail = (
        f"The key {key.key_id} {why}: send another, or make one with `fitting-room keys create`."
    )
    return KeyRefusal(KEY_REFUSED, detail)


def used_too_often(key_id: KeyId, limit: LimitRefusal) -> KeyRefusal:
    whose = {
        BY_SECOND: "a second",
        BY_DAY: "a day",
        BY_ADDRESS: "a second from one address",
    }[limit.window]
    detail = (
        f"The key {key_id} may make {limit.amount:,} requests {whose}: send the next one in "
        f"{limit.seconds} s."
    )
    return KeyRefusal(KEY_LIMIT, detail, {"retry-after": str(limit.seconds)})


def foreign_page(key_id: KeyId, origin: str) -> KeyRefusal:
    return KeyRefusal(
        KEY_ORIGIN,
        f"The key {key_id} is not bound to {origin}: add the origin to it, or use the key of "
        "that site.",
    )
