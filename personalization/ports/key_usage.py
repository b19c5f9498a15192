from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from personalization.domain.access.api_key import KeyId
from personalization.domain.access.shop import ShopId


class UsageWindow(StrEnum):
    """How long requests are counted together, from the first one on."""

    MINUTE = "minute"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class UsageCount:
    shop: ShopId
    key_id: KeyId
    window: UsageWindow
    amount: int


@dataclass(frozen=True, slots=True)
class KnownUsage:
    total: int
    """Requests of all processes within the window."""
    seconds_left: int
    """Until the window ends, and counting begins again."""


class KeyUsage(Protocol):
    """How much was made of keys, by all processes together."""

    def add(self, counts: Sequence[UsageCount]) -> Sequence[KnownUsage]:
        """Add to the counts in one round trip; return what each is now, in the same order."""

    def close(self) -> None: ...
