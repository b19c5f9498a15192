from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from personalization.domain.identifiers import ShopUserId, UserId


class Pseudonyms(Protocol):
    """From the shop's own ids of people to what is kept in their place. Any thread may ask."""

    def recall(
        self, shop_ids: Collection[ShopUserId], *, keep: bool
    ) -> Mapping[ShopUserId, UserId]:
        """Return as many as can be told without a store."""

    def of_many(
        self, shop_ids: Collection[ShopUserId], *, keep: bool
    ) -> Mapping[ShopUserId, UserId]:
        """Return the person of each id; blocks. `keep` where somebody vouches for it.

        Raises `StoreUnavailableError` where it cannot be told under which key a person is known.
        """

    def aliases_of(self, user_id: UserId) -> tuple[UserId, ...]:
        """Return all ids under which the person may be found, the given one first; blocks."""

    def hashes_of(self, user_id: UserId) -> tuple[UserId, ...]:
        """Return the keyed hashes by which the person may be noted for good, never a plain id.

        The first is the one to note, any of them is the person. None where there is no key.
        """

    def are_one(self, first: UserId, second: UserId) -> bool:
        """Return whether both are the same person; blocks where they are not equal."""

    def shop_ids(self, user_ids: Sequence[UserId]) -> Mapping[UserId, ShopUserId]:
        """Return the shop's own ids of those of whom they are kept; blocks."""

    def forget(self, user_ids: Sequence[UserId]) -> None:
        """Make pseudonyms anonymous: no id of the shop is kept of them any more; blocks."""
