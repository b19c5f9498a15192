"""An audit log in memory."""

from collections.abc import Sequence
from datetime import datetime

from personalization.domain.access.audit import AuditEntry
from personalization.domain.access.shop import ShopId


class AuditBook:
    """Keeps entries in the order in which they came."""

    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []

    def append(self, entries: Sequence[AuditEntry]) -> None:
        self.entries.extend(entries)

    def newest(
        self, shop: ShopId, limit: int, before: datetime | None = None, subject: str | None = None
    ) -> Sequence[AuditEntry]:
        meant = [
            entry
            for entry in reversed(self.entries)
            if entry.shop == shop
            and (before is None or entry.happened_at < before)
            and subject in {None, entry.subject}
        ]
        return meant[:limit]

    def prune(self, before: datetime) -> int:
        count = len(self.entries)
        self.entries = [entry for entry in self.entries if entry.happened_at >= before]
        return count - len(self.entries)

    def prune_catalogue(self, before: datetime) -> int:
        del before
        return 0
