from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from personalization.domain.access.audit import AuditEntry
from personalization.domain.access.shop import ShopId


class AuditLog(Protocol):
    """Changes as they were made; nothing in it is ever edited."""

    def append(self, entries: Sequence[AuditEntry]) -> None:
        """Keep entries; one that is there already (by id) is kept once."""

    def newest(
        self, shop: ShopId, limit: int, before: datetime | None = None, subject: str | None = None
    ) -> Sequence[AuditEntry]:
        """Return the newest entries before a moment, newest first."""

    def prune(self, before: datetime) -> int:
        """Delete entries that happened before a moment; return how many."""

    def prune_catalogue(self, before: datetime) -> int:
        """Delete only those of products and categories (`is_of_catalogue`)."""
