"""Keys of every kind, and what the gate has to say of each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from api.edge.refusals import HEADERS_TOO_LARGE, LINE_TOO_LONG, MALFORMED
from api.keys.key_document import needs_by_operation
from api.keys.key_problems import CLOSED_ROUTE, KEY_LIMIT, OF_KEYS
from api.keys.route_needs import PUBLIC, Need
from personalization.domain.access.api_key import (
    PUBLISHABLE_SCOPES,
    SERVER_SCOPES,
    AccessRole,
    ApiKey,
    KeyKind,
    RateLimit,
    Scope,
)
from personalization.keys.key_book import KeyBook, encode_keys
from personalization.keys.key_text import make_key_text
from personalization.ports.plan_store import KEYS, PlanStore

NOBODY: Final = "nobody"
PAGE: Final = "page"
ORIGIN: Final = "https://shop.example"
_NO_LIMIT: Final = RateLimit(per_second=100_000, per_day=0)
REFUSALS: Final = frozenset(kind.slug for kind in (*OF_KEYS, CLOSED_ROUTE))
_BEFORE_THE_GATE: Final = {kind.slug for kind in (MALFORMED, LINE_TOO_LONG, HEADERS_TOO_LARGE)}
_UNAUTHORIZED, _FORBIDDEN = 401, 403


@dataclass(frozen=True, slots=True)
class TriedKey:
    """Who calls."""

    text: str = ""
    """Empty for nobody's."""
    key: ApiKey | None = None
    """None where nothing is to be let in."""

    def may(self, need: Need) -> bool:
        if need is PUBLIC:
            return True
        if self.key is None:
            return False
        return self.key.allows(need) if isinstance(need, Scope) else self.is_secret

    @property
    def is_secret(self) -> bool:
        return self.key is not None and self.key.kind is KeyKind.SECRET


def write_keys(plans: PlanStore) -> Mapping[str, TriedKey]:
    """Write a book with a key of each kind and role, and return who calls with them."""
    now = datetime.now(UTC)
    page = _caller_with(KeyKind.PUBLISHABLE, PUBLISHABLE_SCOPES)
    callers = {
        PAGE: page,
        "server": _caller_with(KeyKind.SECRET, SERVER_SCOPES),
        **{str(role): _caller_with(KeyKind.SECRET, frozenset(), role) for role in AccessRole},
    }
    ended = _caller_with(KeyKind.SECRET, SERVER_SCOPES, AccessRole.OWNER)
    keys = [caller.key for caller in callers.values() if caller.key is not None]
    if ended.key is not None:
        keys.append(replace(ended.key, revoked_at=now - timedelta(days=1)))
    before = plans.read(KEYS)
    plans.write(KEYS, encode_keys(KeyBook(tuple(keys))), before.version if before else 0)
    return {**callers, "revoked": TriedKey(ended.text), NOBODY: TriedKey()}


def check_gate(caller: TriedKey, operation: str, status: int, problem: str) -> None:
    """Raise `AssertionError` where a caller was let in, or not, against the table of needs."""
    method, _, path = operation.partition(" ")
    need = needs_by_operation()[method.lower(), path]
    is_refused = problem in REFUSALS
    if problem == KEY_LIMIT.slug:
        raise AssertionError("no key is to reach its limit here")
    if problem in _BEFORE_THE_GATE:
        return
    if caller.may(need) == is_refused:
        what = "was refused" if is_refused else "got through"
        raise AssertionError(f"{operation} needs {need}: who may not {what}: {status} {problem}")
    if is_refused and status not in (_UNAUTHORIZED, _FORBIDDEN):
        raise AssertionError(f"refused with {status}")


def _caller_with(
    kind: KeyKind, scopes: frozenset[Scope], role: AccessRole | None = None
) -> TriedKey:
    text = make_key_text(kind)
    key = ApiKey(
        key_id=text.key_id,
        kind=kind,
        name="Tried with odd requests",
        digests=(text.digest,),
        scopes=scopes,
        role=role,
        origins=(ORIGIN,) if kind is KeyKind.PUBLISHABLE else (),
        limit=_NO_LIMIT,
        created_at=datetime.now(UTC),
    )
    return TriedKey(text.text, key)
