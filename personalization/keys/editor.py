"""Makes, rotates, changes and revokes keys; each is an entry of the audit log."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from personalization.audit.recording import Auditor, Change
from personalization.domain.access.api_key import (
    PUBLISHABLE_SCOPES,
    SERVER_SCOPES,
    AccessRole,
    ApiKey,
    KeyId,
    KeyKind,
    RateLimit,
    Scope,
)
from personalization.domain.clock import Clock, SystemClock
from personalization.domain.errors import InvalidKeyError
from personalization.keys.key_book import KeyBook, decode_keys, encode_keys, with_digest
from personalization.keys.key_checks import check_key, check_rights
from personalization.keys.key_text import KeyText, make_key_text, parse_key_text
from personalization.keys.key_view import view_of
from personalization.keys.origins import normal_origins
from personalization.plans.editor import PlanEditor
from personalization.ports.audit_log import AuditLog
from personalization.ports.plan_store import KEYS, PlanStore

GRACE: Final = timedelta(hours=24)
"""How long the former secret holds after a rotation, unless it is said."""
MAXIMUM_GRACE: Final = timedelta(days=90)
KEPT_VERSIONS: Final = 20
"""Of the book; what changed stands in the audit log."""
_NEW_TEXT: Final = "a new text"


class KeyMaker(Protocol):
    """Who changes keys: a caller of the API, or whoever runs a command."""

    @property
    def author(self) -> str: ...

    @property
    def key(self) -> ApiKey | None:
        """Its key, than which it cannot give more; None for a command on the machine."""


@dataclass(frozen=True, slots=True)
class Operator:
    """Whoever runs a command where the stores are: nothing is beyond him."""

    author: str
    key: ApiKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    kind: KeyKind
    name: str
    scopes: frozenset[Scope] | None = None
    """None takes those of the kind, or none beside a role's."""
    role: AccessRole | None = None
    origins: tuple[str, ...] = ()
    limit: RateLimit | None = None
    """None takes the maker's, or that of the kind."""
    expires_at: datetime | None = None
    """None takes the maker's, or never."""
    is_development: bool = False


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key with its text, which can be read only here."""

    key: ApiKey
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChange:
    """What is to be different; None leaves it as it is."""

    name: str | None = None
    origins: tuple[str, ...] | None = None
    limit: RateLimit | None = None
    expires_at: datetime | None = None


class KeyEditor:
    def __init__(self, plans: PlanStore, audit: AuditLog, clock: Clock | None = None) -> None:
        self._store = plans
        self._clock = clock or SystemClock()
        self._auditor = Auditor(audit, clock)
        self._plans = PlanEditor(
            plans, KEYS, lambda plan: decode_keys(plan.body), encode_keys, KeyBook()
        )

    def book(self) -> KeyBook:
        return self._plans.newest().document

    def create(self, wanted: NewKey, by: KeyMaker) -> MadeKey:
        """Make a key; raises `InvalidKeyError` or `KeyRightsError`."""
        text = make_key_text(wanted.kind)
        return MadeKey(self._add(wanted, text, by), text.text)

    def register(self, wanted: NewKey, text: str, by: KeyMaker) -> ApiKey | None:
        """Add a key whose text was made elsewhere; None where the book has its id already."""
        parsed = parse_key_text(text.strip())
        if parsed is None or parsed.kind is not wanted.kind:
            raise InvalidKeyError(
                f"The text of the key {wanted.name!r} is not written as keys are: "
                "`fitting-room keys file` makes some."
            )
        if self.book().find(parsed.key_id):
            return None
        return self._add(wanted, parsed, by, is_from_file=True)

    def rotate(self, key_id: str, by: KeyMaker, grace: timedelta = GRACE) -> MadeKey:
        """Give a key a new secret; the former one holds for the grace period.

        Where an earlier rotation is under way, the secret before that one stops at once.
        """
        if not timedelta(0) <= grace <= MAXIMUM_GRACE:
            raise InvalidKeyError(f"The former secret holds for 0 to {MAXIMUM_GRACE.days} days.")
        text = make_key_text(self.book().get(key_id).kind, KeyId(key_id))

        def change(key: ApiKey, now: datetime) -> ApiKey:
            return with_digest(key, text.digest, now, now + grace)

        key = self._change(key_id, "keys.rotate", change, by)
        return MadeKey(key, text.text)

    def change(self, key_id: str, wanted: KeyChange, by: KeyMaker) -> ApiKey:
        """Change name, origins, limit or expiry of a key in force."""

        def change(key: ApiKey, now: datetime) -> ApiKey:
            changed = replace(
                key,
                name=key.name if wanted.name is None else wanted.name,
                origins=key.origins if wanted.origins is None else normal_origins(wanted.origins),
                limit=wanted.limit or key.limit,
                expires_at=wanted.expires_at or key.expires_at,
            )
            check_key(changed, now)
            return changed

        return self._change(key_id, "keys.change", change, by)

    def revoke(self, key_id: str, by: KeyMaker, *, force: bool = False) -> ApiKey:
        """End a key at once, in every process within two seconds; nothing brings it back.

        Raises `InvalidKeyError` for the last owner key, unless forced to.
        """
        now = self._clock.now()
        seen: list[ApiKey] = []

        def edit(book: KeyBook) -> KeyBook:
            key = book.get(key_id)
            seen[:] = [key, key]
            if key.revoked_at is not None:
                return book
            if book.owners(now) == [key] and not force:
                raise InvalidKeyError(
                    f"Key {key_id} is the last owner key in force: make another first, or force it "
                    "(`keys revoke --force`)."
                )
            seen[1] = replace(key, revoked_at=now)
            return book.with_changed(seen[1])

        self._edit(edit, by)
        self._record("keys.revoke", seen[0], seen[1], by, now)
        return seen[1]

    def _add(
        self, wanted: NewKey, text: KeyText, by: KeyMaker, *, is_from_file: bool = False
    ) -> ApiKey:
        now, maker = self._clock.now(), by.key
        key = ApiKey(
            key_id=text.key_id,
            kind=wanted.kind,
            name=wanted.name.strip(),
            digests=(text.digest,),
            scopes=_scopes(wanted),
            role=wanted.role,
            origins=normal_origins(wanted.origins),
            limit=wanted.limit or (maker.limit if maker else None),
            is_development=wanted.is_development,
            is_from_file=is_from_file,
            created_at=now,
            expires_at=wanted.expires_at or (maker.expires_at if maker else None),
        )
        if maker is not None:
            key = replace(key, shop=maker.shop)
        check_key(key, now)
        check_rights(key, maker)

        def edit(book: KeyBook) -> KeyBook:
            # Several processes may start at once and register the same text.
            return book if book.find(key.key_id) else book.with_key(key, now)

        if self._edit(edit, by).find(key.key_id) == key:
            self._record("keys.create", None, key, by, now)
        return key

    def _change(
        self, key_id: str, action: str, change: Callable[[ApiKey, datetime], ApiKey], by: KeyMaker
    ) -> ApiKey:
        now = self._clock.now()
        seen: list[ApiKey] = []

        def edit(book: KeyBook) -> KeyBook:
            before = book.get(key_id)
            if not before.is_in_force(now):
                raise InvalidKeyError(f"Key {key_id} is over: make a new one.")
            # What the maker lacks stays out of its hands, as it is and as it would be.
            check_rights(before, by.key)
            after = change(before, now)
            check_rights(after, by.key)
            seen[:] = [before, after]
            return book.with_changed(after)

        self._edit(edit, by)
        self._record(action, seen[0], seen[1], by, now)
        return seen[1]

    def _edit(self, edit: Callable[[KeyBook], KeyBook], by: KeyMaker) -> KeyBook:
        written = self._plans.edit(edit, by.author)
        self._store.discard(KEYS, written.version - KEPT_VERSIONS + 1)
        return written.document

    def _record(
        self, action: str, before: ApiKey | None, after: ApiKey, by: KeyMaker, now: datetime
    ) -> None:
        if before == after:
            return
        self._auditor.record(
            Change(
                author=by.author,
                action=action,
                subject=after.key_id,
                before=None if before is None else view_of(before, now),
                after=view_of(after, now),
                note=_NEW_TEXT if before is not None and before.digests != after.digests else "",
                shop=after.shop,
            )
        )


def _scopes(wanted: NewKey) -> frozenset[Scope]:
    if wanted.scopes is not None:
        return wanted.scopes
    if wanted.role is not None:
        return frozenset()
    return PUBLISHABLE_SCOPES if wanted.kind is KeyKind.PUBLISHABLE else SERVER_SCOPES
