from dataclasses import replace
from datetime import datetime
from typing import Any

from personalization.domain.access.audit import AuditEntry
from tests.builders.moments import NOON


def an_audit_entry(entry_id: str = "entry-1", at: datetime = NOON, **fields: Any) -> AuditEntry:
    entry = AuditEntry(
        entry_id=entry_id, happened_at=at, author="ada", action="rules.write", subject="rule-1"
    )
    return replace(entry, **fields)
