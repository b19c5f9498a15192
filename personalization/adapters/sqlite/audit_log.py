from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from personalization.adapters.sqlite.database import MINIMUM_FREE_MIB, Database
from personalization.codec.audit_rows import AUDIT_COLUMNS, audit_entry
from personalization.codec.moments import to_microseconds
from personalization.domain.access.audit import CATALOGUE_ACTIONS, AuditEntry
from personalization.domain.access.shop import ShopId
from personalization.domain.clock import LAST_MOMENT

_VALUES = "?, ?, ?, ?, ?, ?, ?, ?, ?"
_WRITE = f"INSERT OR IGNORE INTO audit_entries ({AUDIT_COLUMNS}) VALUES ({_VALUES})"  # noqa: S608
_NEWEST = (
    f"SELECT {AUDIT_COLUMNS} FROM audit_entries WHERE shop = ? AND happened_at_us < ? "  # noqa: S608
    "ORDER BY happened_at_us DESC, entry_id DESC LIMIT ?"
)
_NEWEST_OF_SUBJECT = (
    f"SELECT {AUDIT_COLUMNS} FROM audit_entries WHERE shop = ? AND happened_at_us < ? "  # noqa: S608
    "AND subject = ? ORDER BY happened_at_us DESC, entry_id DESC LIMIT ?"
)
_PAGE = "SELECT entry_id, happened_at_us FROM audit_entries WHERE entry_id > ? ORDER BY 1 LIMIT ?"
_OF_CATALOGUE = " OR ".join(f"action LIKE '{prefix}%'" for prefix in CATALOGUE_ACTIONS)
_PAGE_CATALOGUE = (
    "SELECT entry_id, happened_at_us FROM audit_entries WHERE entry_id > ? "  # noqa: S608
    f"AND ({_OF_CATALOGUE}) ORDER BY 1 LIMIT ?"
)
_DELETE = "DELETE FROM audit_entries WHERE entry_id = ?"
_PER_PAGE = 2_000


class SqliteAuditLog:
    """A file of its own: who changes something waits for no history or catalogue."""

    def __init__(self, path: Path, minimum_free_mib: int = MINIMUM_FREE_MIB) -> None:
        self._database = Database(path, "audit", minimum_free_mib)

    def append(self, entries: Sequence[AuditEntry]) -> None:
        self._database.write_rows(_WRITE, map(_row, entries))

    def newest(
        self, shop: ShopId, limit: int, before: datetime | None = None, subject: str | None = None
    ) -> Sequence[AuditEntry]:
        moment = to_microseconds(before or LAST_MOMENT)
        if subject is None:
            rows = self._database.read(_NEWEST, (shop, moment, limit))
        else:
            rows = self._database.read(_NEWEST_OF_SUBJECT, (shop, moment, subject, limit))
        return [audit_entry(row) for row in rows]

    def prune(self, before: datetime) -> int:
        return self._prune(_PAGE, before)

    def prune_catalogue(self, before: datetime) -> int:
        return self._prune(_PAGE_CATALOGUE, before)

    def _prune(self, pages: str, before: datetime) -> int:
        moment = to_microseconds(before)
        return self._database.delete_pages(
            pages, ("",), _PER_PAGE, _DELETE, lambda happened_at_us: happened_at_us < moment
        )

    def compact(self) -> int:
        return self._database.compact()

    def close(self) -> None:
        self._database.close()


def _row(entry: AuditEntry) -> tuple[Any, ...]:
    return (
        entry.entry_id,
        entry.shop,
        to_microseconds(entry.happened_at),
        entry.author,
        entry.action,
        entry.subject,
        entry.before,
        entry.after,
        entry.note,
    )
