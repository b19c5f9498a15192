"""The verdict on a request's key: the same for the application and for what it never sees."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from api.http.sender_check import is_loopback
from api.keys.callers import NOBODY, Caller
from api.keys.key_problems import (
    CLOSED,
    IN_PAGE,
    IN_QUERY,
    KEYS_AWAY,
    NO_SUCH_KEY,
    THROUGH_PROXY,
    TWO_KEYS,
    KeyRefusal,
    ended_key,
    foreign_page,
    missing_key,
    missing_scope,
)
from api.keys.route_needs import PUBLIC, Need, Openness
from api.keys.shown_key import (
    LONGEST_KEY,
    SECRET_PREFIX,
    ShownKey,
    plain_key,
    sent_header,
    shows_no_key,
)
from personalization.domain.access.api_key import PUBLISHABLE_SCOPES, ApiKey, KeyKind, Scope
from personalization.domain.clock import LAST_MOMENT
from personalization.keys.key_book import KeyBook, VerifiedKey, end_of
from personalization.keys.origins import is_allowed_origin
from personalization.settings.serving import ServingSettings

_LONGEST_ORIGIN: Final = 300
MOST_RECENT: Final = 4_096
"""Callers that are remembered; with their texts they take some two megabytes at most."""
NO_BOOK: Final = KeyBook()


class FindsKeys(Protocol):
    @property
    def have_answer(self) -> bool:
        """Whether they could be read at all."""

    def verify(self, text: str) -> VerifiedKey | None:
        """Return the key whose text this is or was, whether or not it holds."""

    def book(self) -> KeyBook:
        """Return the book as it is now: another object as soon as a key is changed."""


class NoKeys:
    """Implements `FindsKeys` where none is taken."""

    have_answer = True

    def verify(self, text: str) -> VerifiedKey | None:
        del text
        return None

    def book(self) -> KeyBook:
        return NO_BOOK


@dataclass(frozen=True, slots=True)
class OpenNeeds:
    """What a request without a key may do."""

    publishable: bool
    """Whatever a page may do: where nobody from elsewhere can call."""
    operations: bool
    forwarded: bool = False
    """Also what a proxy passes on."""

    @classmethod
    def of(cls, settings: ServingSettings) -> "OpenNeeds":
        is_own = is_only_for_this_machine(settings)
        return cls(publishable=is_own, operations=is_own)

    def include(self, need: Need) -> bool:
        if isinstance(need, Openness):
            return need is PUBLIC or self.operations
        return self.publishable and need in PUBLISHABLE_SCOPES


class RecentCaller(NamedTuple):
    caller: Caller
    until: datetime
    """When the key, or a secret of it, ends."""


NEVER_WITHOUT_KEY: Final = OpenNeeds(publishable=False, operations=False)
OPERATIONS_PORT: Final = OpenNeeds(publishable=False, operations=True, forwarded=True)


class KeyCheck:
    def __init__(
        self, keys: FindsKeys, now: Callable[[], datetime], without_key: OpenNeeds
    ) -> None:
        self._keys = keys
        self._now = now
        self._without_key = without_key
        self._recent_book = NO_BOOK
        self._recent: dict[tuple[Need, bytes, bytes | None], RecentCaller] = {}

    def recall(self, need: Need, fields: Mapping[bytes, bytes], query: bytes) -> Caller | None:
        """Return who calls if `judge` would let in a request that says nothing twice.

        Who was let in before is looked up by the bytes of the header, until a key is changed or
        ends.
        """
        text = sent_header(fields)
        if text is None:
            if not shows_no_key(fields, query):
                return self._caller(need, fields, query)
            return NOBODY if self._without_key.include(need) else None
        asked = need, text, fields.get(b"origin")
        book = self._keys.book()
        if book is not self._recent_book or len(self._recent) >= MOST_RECENT:
            self._recent_book = book
            self._recent.clear()
        recent = self._recent.get(asked)
        if recent is not None and self._now() < recent.until:
            return recent.caller
        caller = self._caller(need, fields, query)
        if caller is not None and caller.key is not None:
            until = min(end_of(caller.key), caller.key.former_until or LAST_MOMENT)
            self._recent[asked] = RecentCaller(caller, until)
        return caller

    def _caller(self, need: Need, fields: Mapping[bytes, bytes], query: bytes) -> Caller | None:
        verdict = self.judge(need, plain_key(fields, query))
        return verdict if isinstance(verdict, Caller) else None

    def judge(self, need: Need | None, shown: ShownKey) -> Caller | KeyRefusal:
        """Return who calls, or why a route of this need does not answer."""
        if need is None:
            return CLOSED
        if need is PUBLIC:
            return NOBODY
        is_open = self._without_key.include(need)
        # Who is passed on by a proxy on this machine may be anywhere.
        is_from_here = self._without_key.forwarded or not shown.is_forwarded
        if is_open and is_from_here and (need is Openness.OPERATIONS or not shown.texts):
            return NOBODY
        if not shown.texts:
            return THROUGH_PROXY if is_open else missing_key(_scope(need))
        found = self.holder(shown)
        if isinstance(found, KeyRefusal):
            return found
        return self._fault_of_use(found, need, shown) or Caller.with_key(found)

    def holder(self, shown: ShownKey) -> ApiKey | KeyRefusal:
        """Return the key that is shown, if it is in force."""
        if len(set(shown.texts)) > 1:
            return TWO_KEYS
        text = shown.texts[0]
        if shown.in_query and text.startswith(SECRET_PREFIX):
            return IN_QUERY
        verified = self._look_up(text)
        if verified is None:
            return NO_SUCH_KEY if self._keys.have_answer else KEYS_AWAY
        now = self._now()
        return verified.key if verified.holds(now) else ended_key(verified, now)

    def _look_up(self, text: bytes) -> VerifiedKey | None:
        if len(text) > LONGEST_KEY or not text.isascii():
            return None
        return self._keys.verify(text.decode("ascii"))

    def _fault_of_use(self, key: ApiKey, need: Need, shown: ShownKey) -> KeyRefusal | None:
        if key.kind is KeyKind.SECRET and shown.origins:
            return IN_PAGE
        if not all(is_bound_to(key, origin) or shown.is_own_page for origin in shown.origins):
            origin = shown.origins[0][:_LONGEST_ORIGIN].decode("latin-1")
            return foreign_page(key.key_id, origin)
        return None if _allows(key, need) else missing_scope(key.key_id, _scope(need))


def is_only_for_this_machine(settings: ServingSettings) -> bool:
    """Return whether nobody from elsewhere can call: on loopback, with no proxy before it."""
    return is_loopback(settings.host) and not settings.trusted_proxies


def is_bound_to(key: ApiKey, origin: bytes) -> bool:
    """Return whether pages of an origin (lower case) may use a publishable key."""
    return is_allowed_origin(origin.decode("latin-1"), key.origins)


def _allows(key: ApiKey, need: Need) -> bool:
    if isinstance(need, Scope):
        return key.allows(need)
    return key.kind is KeyKind.SECRET


def _scope(need: Need) -> Scope | None:
    return need if isinstance(need, Scope) else None
