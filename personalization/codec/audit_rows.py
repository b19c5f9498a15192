"""Entries of the audit log as rows, with the same columns in every store."""

from collections.abc import Sequence
from typing import Any

from personalization.codec.moments import from_microseconds
from personalization.domain.access.audit import AuditEntry
from personalization.domain.access.shop import ShopId

AUDIT_COLUMNS = (
    "entry_id, shop, happened_at_us, author, action, subject, before_change, after_change, note"
)
"""In the order of the rows."""


def audit_entry(row: Sequence[Any]) -> AuditEntry:
    entry_id, shop, happened_at_us, author, action, subject, before, after, note = row
    return AuditEntry(
        entry_id=entry_id,
        shop=ShopId(shop),
        happened_at=from_microseconds(happened_at_us),
        author=author,
        action=action,
        subject=subject,
        before=before,
        after=after,
        note=note,
    )
