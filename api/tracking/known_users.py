"""The pseudonyms of whom a request names: asked on a thread where they are not remembered."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial

from api.http.blocking_calls import BlockingCalls
from personalization.domain.identifiers import ShopUserId, UserId
from personalization.ports.people.pseudonyms import Pseudonyms
from personalization.tracking.hidden_users import hide_users, may_name_users, users_in
from personalization.tracking.sent_event import SentEvent


@dataclass(frozen=True, slots=True)
class KnownUsers:
    """`keep` is for those whom somebody vouches for: anybody can make ids up.

    May raise `StoreUnavailableError` once there are several keys of privacy.
    """

    pseudonyms: Pseudonyms
    blocking: BlockingCalls

    async def find(self, shop_id: ShopUserId) -> UserId:
        """Return the person whom somebody vouches for."""
        return (await self._names([shop_id], keep=True))[shop_id]

    async def hide(self, events: list[SentEvent], *, keep: bool) -> list[SentEvent]:
        """Return the events without the shop's own ids of users."""
        if not may_name_users(events):
            return events
        return hide_users(events, await self._names(users_in(events), keep=keep))

    async def _names(
        self, shop_ids: Collection[ShopUserId], *, keep: bool
    ) -> Mapping[ShopUserId, UserId]:
        found = self.pseudonyms.recall(shop_ids, keep=keep)
        if len(found) == len(shop_ids):
            return found
        return await self.blocking.run(partial(self.pseudonyms.of_many, shop_ids, keep=keep))
