"""An entry of the audit log as people and other programs read it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from personalization.domain.access.audit import AuditEntry
from personalization.domain.access.shop import ShopId

_ABSENT: Final[tuple[object, ...]] = (None, "", [], {})
"""Values that say nothing of something new."""


class AuditView(msgspec.Struct, frozen=True, kw_only=True, rename={"entry_id": "id"}):
    entry_id: str
    shop: ShopId
    happened_at: datetime
    author: str
    action: str
    subject: str
    before: msgspec.Raw
    """JSON; null where there was nothing."""
    after: msgspec.Raw
    note: str


def view_of_entry(entry: AuditEntry) -> AuditView:
    return AuditView(
        entry_id=entry.entry_id,
        shop=entry.shop,
        happened_at=entry.happened_at,
        author=entry.author,
        action=entry.action,
        subject=entry.subject,
        before=_raw(entry.before),
        after=_raw(entry.after),
        note=entry.note,
    )


def difference(entry: AuditEntry) -> list[str]:
    """Return what changed, a field each: `amount: 0.1 -> 0.2`.

    Of what was made or removed it is what it is or was, field by field.
    """
    before, after = _value(entry.before), _value(entry.after)
    if before is None or after is None:
        whole = before if after is None else after
        told = [] if whole is None else ["removed" if after is None else "new"]
        return told + _fields(whole)
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        names = dict.fromkeys((*before, *after))
        return [
            f"{name}: {_text(before.get(name))} -> {_text(after.get(name))}"
            for name in names
            if before.get(name) != after.get(name)
        ]
    return [f"{_text(before)} -> {_text(after)}"]


def _fields(whole: object) -> list[str]:
    if isinstance(whole, Mapping):
        return [f"{name}: {_text(value)}" for name, value in whole.items() if value not in _ABSENT]
    return [] if whole is None else [_text(whole)]


def _raw(text: str | None) -> msgspec.Raw:
    return msgspec.Raw((text or "null").encode())


def _value(text: str | None) -> Any:  # noqa: ANN401 - whatever was written
    return None if text is None else msgspec.json.decode(text)


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
