"""From the shop's own ids of people to what is kept in their place, and back where that may be."""

import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Final, NamedTuple

from personalization.domain.clock import Clock
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import ShopUserId, UserId
from personalization.telemetry.metrics import STORE_FAILURES
from personalization.vault.people import People
from personalization.vault.privacy_ring import PrivacyKeys, PrivacyRing
from personalization.vault.pseudonym import hashes_of, key_of_pseudonym, pseudonym_of

MOST_KEPT: Final = 50_000
"""People that a process remembers, some 15 MB."""
KEPT_SECONDS: Final = 600.0
"""So long a person who was forgotten meanwhile may lack a row in the store of people."""
IDS_AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True)
class PlainPseudonyms:
    """For those who keep the shop's ids themselves: each is its own."""

    keys: PrivacyKeys | None = None
    """Of who notes people for good as well."""

    def recall(
        self, shop_ids: Collection[ShopUserId], *, keep: bool
    ) -> Mapping[ShopUserId, UserId]:
        return self.of_many(shop_ids, keep=keep)

    def of_many(
        self,
        shop_ids: Collection[ShopUserId],
        *,
        keep: bool,  # noqa: ARG002 (nothing is to be kept)
    ) -> Mapping[ShopUserId, UserId]:
        return {shop_id: UserId(shop_id) for shop_id in shop_ids}

    def aliases_of(self, user_id: UserId) -> tuple[UserId, ...]:
        return (user_id,)

    def hashes_of(self, user_id: UserId) -> tuple[UserId, ...]:
        return () if self.keys is None else hashes_of(user_id, self.keys.current())

    def are_one(self, first: UserId, second: UserId) -> bool:
        return first == second

    def shop_ids(self, user_ids: Sequence[UserId]) -> Mapping[UserId, ShopUserId]:
        return {user_id: ShopUserId(user_id) for user_id in user_ids}

    def forget(self, user_ids: Sequence[UserId]) -> None:
        """Do nothing: whoever erases the person's events erases the id with them."""


class _Known(NamedTuple):
    user_id: UserId
    is_kept: bool
    """Whether the store of people has the person."""
    at: float
    ring: PrivacyRing


@dataclass(slots=True)
class KeyedPseudonyms:
    """Hashes ids by the keys of privacy; remembers lately asked ones, and never writes them down.

    A person is known under the oldest key of which anything is kept, and else under the newest:
    a new key makes nobody another person. Stores are asked only where there are several keys.
    """

    keys: PrivacyKeys
    clock: Clock
    is_known: Callable[[Sequence[UserId]], Collection[UserId]]
    """Returns those of the pseudonyms under which anything is kept."""
    people: People | None = None
    """None where the shop's own ids are not kept."""
    asks_plain: bool = True
    """Whether rows of former releases may have plain ids."""
    seconds: Callable[[], float] = time.monotonic
    _kept: OrderedDict[ShopUserId, _Known] = field(init=False, default_factory=OrderedDict)
    _shop_ids: dict[UserId, ShopUserId] = field(init=False, default_factory=dict)
    """Of those in `_kept` whose shop id may be known."""
    _turn: Lock = field(init=False, default_factory=Lock)

    def recall(
        self, shop_ids: Collection[ShopUserId], *, keep: bool
    ) -> Mapping[ShopUserId, UserId]:
        now, ring = self.seconds(), self.keys.current()
        found: dict[ShopUserId, UserId] = {}
        with self._turn:
            for shop_id in shop_ids:
                known = self._kept.get(shop_id)
                if known is None or known.ring is not ring or now - known.at > KEPT_SECONDS:
                    continue
                if known.is_kept or not keep or self.people is None:
                    self._kept.move_to_end(shop_id)
                    found[shop_id] = known.user_id
        return found

    def of_many(
        self, shop_ids: Collection[ShopUserId], *, keep: bool
    ) -> Mapping[ShopUserId, UserId]:
        found = dict(self.recall(shop_ids, keep=keep))
        unknown = [shop_id for shop_id in dict.fromkeys(shop_ids) if shop_id not in found]
        for start in range(0, len(unknown), IDS_AT_ONCE):
            found |= self._find(unknown[start : start + IDS_AT_ONCE], keep=keep)
        return found

    def aliases_of(self, user_id: UserId) -> tuple[UserId, ...]:
        ring = self.keys.current()
        plain = None if key_of_pseudonym(user_id) else ShopUserId(user_id)
        if plain is None and (self.asks_plain or len(ring.keys) > 1):
            plain = self._shop_ids.get(user_id) or self.shop_ids([user_id]).get(user_id)
        if plain is None:
            return (user_id,)
        former = [UserId(plain)] if self.asks_plain else []
        hashed = [pseudonym_of(plain, key) for key in ring.keys]
        return tuple(dict.fromkeys([user_id, *hashed, *former]))

    def hashes_of(self, user_id: UserId) -> tuple[UserId, ...]:
        return hashes_of(user_id, self.keys.current())

    def are_one(self, first: UserId, second: UserId) -> bool:
        return (
            first == second or second in self.aliases_of(first) or first in self.aliases_of(second)
        )

    def shop_ids(self, user_ids: Sequence[UserId]) -> Mapping[UserId, ShopUserId]:
        return {} if self.people is None else self.people.shop_ids(user_ids)

    def forget(self, user_ids: Sequence[UserId]) -> None:
        if self.people is not None:
            self.people.forget(user_ids)
        gone = frozenset(user_ids)
        with self._turn:
            for shop_id in [name for name, known in self._kept.items() if known.user_id in gone]:
                self._drop(shop_id)

    def _find(self, shop_ids: Sequence[ShopUserId], *, keep: bool) -> Mapping[ShopUserId, UserId]:
        ring = self.keys.current()
        # The oldest first; a key that is not used yet knows nobody.
        keys = ring.keys[ring.keys.index(ring.newest(self.clock.now())) :][::-1]
        aliases = {shop_id: [pseudonym_of(shop_id, key) for key in keys] for shop_id in shop_ids}
        kept: Collection[UserId] = ()
        if len(keys) > 1:
            kept = self._known_before(aliases.values())
        found = {
            shop_id: next((name for name in names if name in kept), names[-1])
            for shop_id, names in aliases.items()
        }
        is_kept = keep and self._keep(found)
        now = self.seconds()
        with self._turn:
            for shop_id, user_id in found.items():
                self._kept[shop_id] = _Known(user_id, is_kept, now, ring)
                self._kept.move_to_end(shop_id)
                if is_kept:
                    self._shop_ids[user_id] = shop_id
            while len(self._kept) > MOST_KEPT:
                self._drop(next(iter(self._kept)))
        return found

    def _drop(self, shop_id: ShopUserId) -> None:
        self._shop_ids.pop(self._kept.pop(shop_id).user_id, None)

    def _known_before(self, aliases: Iterable[Sequence[UserId]]) -> Collection[UserId]:
        wanted = [name for names in aliases for name in names[:-1]]
        kept = set(self.people.select(wanted) if self.people is not None else ())
        return kept | set(self.is_known([name for name in wanted if name not in kept]))

    def _keep(self, found: Mapping[ShopUserId, UserId]) -> bool:
        """Write down who is new; False where that is to be tried again."""
        if self.people is None:
            return True
        try:
            kept = self.people.select(list(found.values()))
            self.people.add({name: plain for plain, name in found.items() if name not in kept})
        except StoreUnavailableError:
            # Nobody's login or event waits for it: the person is kept when seen the next time.
            STORE_FAILURES.labels("people").inc()
            return False
        return True
