from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import chain, islice
from typing import Any

from personalization.adapters.cassandra.batches import Write, present, read_each, write_rows
from personalization.adapters.cassandra.connection import (
    CassandraConnection,
    Row,
    translated_errors,
)
from personalization.codec.audit_rows import AUDIT_COLUMNS, audit_entry
from personalization.codec.moments import to_microseconds
from personalization.domain.access.audit import AuditEntry, is_of_catalogue
from personalization.domain.access.shop import ShopId
from personalization.domain.clock import LAST_MOMENT

_DAY_SECONDS = 86_400
_DAYS_KEY = 0
"""Of the one small partition that names the others."""
_REST = "author, action, before_change, after_change, note"
_TTL = "USING TTL ?"
_WRITE = (
    f"INSERT INTO audit_by_day (shop, day, happened_at_us, entry_id, subject, {_REST}) "
    f"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) {_TTL}"
)
_WRITE_SUBJECT = (
    f"INSERT INTO audit_by_subject_and_day (shop, subject, day, happened_at_us, entry_id, {_REST}) "
    f"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) {_TTL}"
)
_WRITE_DAY = f"INSERT INTO audit_days (one, shop, day) VALUES (?, ?, ?) {_TTL}"
_BEFORE = "WHERE shop = ? AND day = ? AND happened_at_us < ?"
_OF_DAY = f"SELECT {AUDIT_COLUMNS} FROM audit_by_day {_BEFORE} LIMIT ?"
_OF_SUBJECT = (
    f"SELECT {AUDIT_COLUMNS} FROM audit_by_subject_and_day {_BEFORE} AND subject = ? LIMIT ?"
)
_OLD = f"SELECT subject, happened_at_us, entry_id, action FROM audit_by_day {_BEFORE}"
_DAYS = "SELECT day FROM audit_days WHERE one = ? AND shop = ?"
_ALL_DAYS = "SELECT shop, day FROM audit_days WHERE one = ?"
_DELETE = (
    "DELETE FROM audit_by_day WHERE shop = ? AND day = ? AND happened_at_us = ? AND entry_id = ?"
)
_DELETE_SUBJECT = (
    "DELETE FROM audit_by_subject_and_day "
    "WHERE shop = ? AND day = ? AND happened_at_us = ? AND entry_id = ? AND subject = ?"
)


class CassandraAuditLog:
    """Rows live as long as the settings say; the same entry is the same row."""

    def __init__(self, connection: CassandraConnection) -> None:
        self._connection = connection
        settings = connection.settings
        # Zero days are for ever, to these settings as to Cassandra.
        self._ttl_seconds = settings.audit_days * _DAY_SECONDS
        self._catalogue_ttl_seconds = settings.audit_catalogue_days * _DAY_SECONDS
        lives = (self._ttl_seconds, self._catalogue_ttl_seconds)
        self._day_ttl_seconds = max(lives) if all(lives) else 0

    def append(self, entries: Sequence[AuditEntry]) -> None:
        write_rows(self._connection, chain.from_iterable(map(self._writes, entries)))

    def newest(
        self, shop: ShopId, limit: int, before: datetime | None = None, subject: str | None = None
    ) -> Sequence[AuditEntry]:
        moment = before or LAST_MOMENT
        newest, microseconds = _day_of(moment), to_microseconds(moment)
        days = [row[0].date() for row in self._read(_DAYS, (_DAYS_KEY, shop))]
        more = () if subject is None else (subject,)
        wanted = ((shop, day, microseconds, *more, limit) for day in days if day <= newest)
        statement = _OF_DAY if subject is None else _OF_SUBJECT
        rows = chain.from_iterable(read_each(self._connection, statement, wanted))
        return [audit_entry(row) for row in islice(rows, limit)]

    def prune(self, before: datetime) -> int:
        return self._prune(before, only_catalogue=False)

    def prune_catalogue(self, before: datetime) -> int:
        return self._prune(before, only_catalogue=True)

    def _prune(self, before: datetime, *, only_catalogue: bool) -> int:
        removed = 0
        moment, until = to_microseconds(before), _day_of(before)
        known = [(shop, day.date()) for shop, day in self._read(_ALL_DAYS, (_DAYS_KEY,))]
        for shop, day in ((shop, day) for shop, day in known if day <= until):
            for subject, happened_at_us, entry_id, action in self._read(_OLD, (shop, day, moment)):
                if only_catalogue and not is_of_catalogue(action):
                    continue
                key = (shop, day, happened_at_us, entry_id)
                self._connection.execute(_DELETE_SUBJECT, (*key, subject))
                self._connection.execute(_DELETE, key)
                removed += 1
        return removed

    def _writes(self, entry: AuditEntry) -> Iterator[Write]:
        day = _day_of(entry.happened_at)
        key = (to_microseconds(entry.happened_at), entry.entry_id)
        rest = (entry.author, entry.action, entry.before, entry.after, entry.note)
        is_bulk = is_of_catalogue(entry.action)
        life = self._catalogue_ttl_seconds if is_bulk else self._ttl_seconds
        # As long as anything of that day may live: the last writing of a row sets its end.
        days = (_DAYS_KEY, entry.shop, day, self._day_ttl_seconds)
        yield Write(_DAYS_KEY, _WRITE_DAY, days)
        by_day = present((*key, entry.subject, *rest, life))
        yield Write((entry.shop, day), _WRITE, (entry.shop, day, *by_day))
        by_subject = present((*key, *rest, life))
        subject = (entry.shop, entry.subject, day)
        yield Write(subject, _WRITE_SUBJECT, (*subject, *by_subject))

    def _read(self, statement: str, values: Sequence[Any]) -> Iterator[Row]:
        rows = self._connection.execute(statement, values)
        with translated_errors():
            yield from rows


def _day_of(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
