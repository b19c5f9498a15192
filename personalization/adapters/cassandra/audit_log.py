from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Any

from personalization.adapters.cassandra.batches import Write, present, write_rows
from personalization.adapters.cassandra.connection import (
    CassandraConnection,
    Row,
    translated_errors,
)
from personalization.codec.moments import from_microseconds, to_microseconds
from personalization.domain.access.audit import AuditEntry
from personalization.domain.access.shop import ShopId
from personalization.domain.clock import LAST_MOMENT

_DAY_SECONDS = 86_400
_MONTHS_KEY = 0
"""Of the one small partition that names the others."""
_REST = "author, action, before_change, after_change, note"
_TTL = "USING TTL ?"
_WRITE = (
    f"INSERT INTO audit_by_month (shop, month, happened_at_us, entry_id, subject, {_REST}) "
    f"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) {_TTL}"
)
_WRITE_SUBJECT = (
    f"INSERT INTO audit_by_subject (shop, subject, happened_at_us, entry_id, {_REST}) "
    f"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) {_TTL}"
)
_WRITE_MONTH = f"INSERT INTO audit_months (one, shop, month) VALUES (?, ?, ?) {_TTL}"
_COLUMNS = f"shop, subject, happened_at_us, entry_id, {_REST}"
_OF_MONTH = (
    f"SELECT {_COLUMNS} FROM audit_by_month "
    "WHERE shop = ? AND month = ? AND happened_at_us < ? LIMIT ?"
)
_OF_SUBJECT = (
    f"SELECT {_COLUMNS} FROM audit_by_subject "
    "WHERE shop = ? AND subject = ? AND happened_at_us < ? LIMIT ?"
)
_OLD = (
    "SELECT subject, happened_at_us, entry_id FROM audit_by_month "
    "WHERE shop = ? AND month = ? AND happened_at_us < ?"
)
_MONTHS = "SELECT month FROM audit_months WHERE one = ? AND shop = ?"
_ALL_MONTHS = "SELECT shop, month FROM audit_months WHERE one = ?"
_DELETE = "DELETE FROM audit_by_month WHERE shop = ? AND month = ? AND happened_at_us < ?"
_DELETE_SUBJECT = (
    "DELETE FROM audit_by_subject "
    "WHERE shop = ? AND subject = ? AND happened_at_us = ? AND entry_id = ?"
)
_DELETE_MONTH = "DELETE FROM audit_months WHERE one = ? AND shop = ? AND month = ?"


class CassandraAuditLog:
    """Rows live as long as the settings say (`audit_days`); the same entry is the same row."""

    def __init__(self, connection: CassandraConnection) -> None:
        self._connection = connection
        # Zero days are for ever, to these settings as to Cassandra.
        self._ttl_seconds = connection.settings.audit_days * _DAY_SECONDS

    def append(self, entries: Sequence[AuditEntry]) -> None:
        write_rows(self._connection, chain.from_iterable(map(self._writes, entries)))

    def newest(
        self, shop: ShopId, limit: int, before: datetime | None = None, subject: str | None = None
    ) -> Sequence[AuditEntry]:
        moment = before or LAST_MOMENT
        if subject is not None:
            values = (shop, subject, to_microseconds(moment), limit)
            return [_entry(row) for row in self._read(_OF_SUBJECT, values)]
        return list(islice(self._entries(shop, moment, limit), limit))

    def prune(self, before: datetime) -> int:
        removed = 0
        moment, until = to_microseconds(before), _month_of(before)
        months = self._read(_ALL_MONTHS, (_MONTHS_KEY,))
        for shop, month in [(shop, month) for shop, month in months if month <= until]:
            old = list(self._read(_OLD, (shop, month, moment)))
            keys = [(shop, *row) for row in old]
            write_rows(self._connection, (Write(key[:2], _DELETE_SUBJECT, key) for key in keys))
            self._connection.execute(_DELETE, (shop, month, moment))
            if month < until:
                self._connection.execute(_DELETE_MONTH, (_MONTHS_KEY, shop, month))
            removed += len(old)
        return removed

    def _writes(self, entry: AuditEntry) -> Iterator[Write]:
        key = (to_microseconds(entry.happened_at), entry.entry_id)
        rest = (entry.author, entry.action, entry.before, entry.after, entry.note)
        month = _month_of(entry.happened_at)
        # What names the partition is written first, so that no row is where nobody looks.
        months = (_MONTHS_KEY, entry.shop, month, self._ttl_seconds)
        yield Write(_MONTHS_KEY, _WRITE_MONTH, months)
        by_month = present((*key, entry.subject, *rest, self._ttl_seconds))
        yield Write((entry.shop, month), _WRITE, (entry.shop, month, *by_month))
        by_subject = present((*key, *rest, self._ttl_seconds))
        subject = (entry.shop, entry.subject)
        yield Write((*subject, ""), _WRITE_SUBJECT, (*subject, *by_subject))

    def _entries(self, shop: ShopId, before: datetime, limit: int) -> Iterator[AuditEntry]:
        moment, newest = to_microseconds(before), _month_of(before)
        for (month,) in self._read(_MONTHS, (_MONTHS_KEY, shop)):
            if month <= newest:
                yield from map(_entry, self._read(_OF_MONTH, (shop, month, moment, limit)))

    def _read(self, statement: str, values: Sequence[Any]) -> Iterator[Row]:
        rows = self._connection.execute(statement, values)
        with translated_errors():
            yield from rows


def _month_of(moment: datetime) -> str:
    return f"{moment:%Y-%m}"


def _entry(row: Row) -> AuditEntry:
    shop, subject, happened_at_us, entry_id, author, action, before, after, note = row
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
