from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from personalization.adapters.sqlite.database import (
    MINIMUM_FREE_MIB,
    ROWS_PER_TRANSACTION,
    Database,
    Row,
)
from personalization.adapters.sqlite.plain_rows import APPEND_PLAIN, newest_visits, plain_rows
from personalization.codec.event_columns import COLUMNS, MANY_VALUED, event_of, row_of
from personalization.codec.history_columns import ROW_COLUMNS, columns_of_rows
from personalization.codec.moments import to_microseconds
from personalization.domain.clock import Clock, SystemClock
from personalization.domain.event import Event
from personalization.domain.identifiers import SessionId, UserId
from personalization.ports.history_columns import HistoryColumns
from personalization.ports.plain_events import PlainEvents

EVENTS_PER_PAGE = 10_000
"""About 5 MB of events at a time."""
ROWS_PER_COLUMNS = 25_000
"""About 15 MB of columns at a time."""
PLAIN_ROWS_PER_TRANSACTION = 65_536
"""Half a second of writing. A page that several of the rows lie on is written once: of smaller
transactions a row of an import costs twice as much."""
DAY_CACHE_KIB = 64 * 1024
"""Of the file, while a day is read: its rows lie by session, and sessions go on for a while."""

_NAMES = ", ".join(COLUMNS)
_MARKS = ", ".join("?" * len(COLUMNS))
_APPEND = f"""
INSERT INTO events ({_NAMES}, day, written_day) VALUES ({_MARKS}, ?, ?)
ON CONFLICT (session_id, event_id) DO NOTHING
"""  # noqa: S608 - names of fields
_READ_SESSIONS = f"""
SELECT {_NAMES} FROM events WHERE session_id IN (SELECT value FROM json_each(?))
ORDER BY occurred_at_us, event_id
"""  # noqa: S608 - names of fields
_HAS_SESSION = "SELECT 1 FROM events WHERE session_id = ? LIMIT 1"
_ORDER = ("day", "occurred_at_us", "event_id", "session_id")
_READ_DAY = f"""
SELECT {", ".join(_ORDER)}, {_NAMES} FROM events
WHERE day = ? AND (occurred_at_us, event_id, session_id) > (?, ?, ?)
ORDER BY occurred_at_us, event_id, session_id LIMIT ?
"""  # noqa: S608 - names of fields
_READ_COLUMNS = f"""
SELECT {", ".join(ROW_COLUMNS)} FROM events
WHERE day = ? AND (occurred_at_us, event_id, session_id) > (?, ?, ?)
ORDER BY occurred_at_us, event_id, session_id LIMIT ?
"""  # noqa: S608 - names of columns
_COUNT_DAY = """
INSERT INTO event_days (day, events, changes, changed_us) VALUES (?, ?, 1, ?)
ON CONFLICT (day) DO UPDATE SET events = events + excluded.events, changes = changes + 1,
changed_us = excluded.changed_us
"""
_DAYS = "SELECT day, events FROM event_days WHERE events > 0 ORDER BY day"
_DAY_VERSIONS = "SELECT day, events, changes, changed_us FROM event_days WHERE events > 0"
_ADD_SESSION = """
INSERT INTO sessions_by_user (user_id, session_id, newest_us, written_day) VALUES (?, ?, ?, ?)
ON CONFLICT (user_id, session_id) DO UPDATE SET
newest_us = max(newest_us, excluded.newest_us), written_day = excluded.written_day
WHERE newest_us < excluded.newest_us
"""
_SESSIONS_OF = """
SELECT session_id FROM sessions_by_user WHERE user_id = ?
ORDER BY newest_us DESC, session_id LIMIT ?
"""
_ERASE_SESSION = "DELETE FROM events WHERE session_id = ?"
_FORGET_SESSION = "DELETE FROM sessions_by_user WHERE session_id = ?"
_SESSION_KEYS = """
SELECT user_id, session_id, written_day FROM sessions_by_user WHERE (user_id, session_id) > (?, ?)
ORDER BY user_id, session_id LIMIT ?
"""
_DELETE_SESSION = "DELETE FROM sessions_by_user WHERE user_id = ? AND session_id = ?"
_JSON_POSITIONS = tuple(map(COLUMNS.index, MANY_VALUED))
_BEFORE_EVERYTHING = -(2**63)
_KEYS = """
SELECT session_id, event_id, written_day FROM events WHERE (session_id, event_id) > (?, ?)
ORDER BY session_id, event_id LIMIT ?
"""
_DELETE = "DELETE FROM events WHERE session_id = ? AND event_id = ?"
_DAY_PLACE = -2
_EPOCH = date(1970, 1, 1)


class SqliteEventHistory:
    def __init__(
        self,
        path: Path,
        minimum_free_mib: int = MINIMUM_FREE_MIB,
        clock: Clock | None = None,
    ) -> None:
        self._database = Database(path, "history", minimum_free_mib)
        self._clock = clock or SystemClock()

    def append(self, events: Sequence[Event]) -> None:
        written = _day_number(self._clock.now())
        newest: dict[tuple[UserId, SessionId], int] = {}
        for event in events:
            if event.user_id is not None:
                visit, moment = (
                    (event.user_id, event.session_id),
                    to_microseconds(event.occurred_at),
                )
                newest[visit] = max(moment, newest.get(visit, moment))
        visits = ((*visit, moment, written) for visit, moment in newest.items())
        self._database.write_rows(_ADD_SESSION, visits)
        for place in range(0, len(events), ROWS_PER_TRANSACTION):
            chunk = events[place : place + ROWS_PER_TRANSACTION]
            self._append_rows(_APPEND, [(*_event_row(event), written) for event in chunk])

    def append_plain(self, events: PlainEvents) -> None:
        written = _day_number(self._clock.now())
        visits = newest_visits(events).items()
        self._database.write_rows(
            _ADD_SESSION, ((*visit, moment, written) for visit, moment in visits)
        )
        rows = plain_rows(events, written)
        while chunk := list(islice(rows, PLAIN_ROWS_PER_TRANSACTION)):
            self._append_rows(APPEND_PLAIN, chunk)

    def read_many(self, session_ids: Sequence[SessionId]) -> Mapping[SessionId, Sequence[Event]]:
        sessions: defaultdict[SessionId, list[Event]] = defaultdict(list)
        for row in self._database.read_wanted(_READ_SESSIONS, session_ids):
            event = _event(row)
            sessions[event.session_id].append(event)
        return dict(sessions)

    def has_session(self, session_id: SessionId) -> bool:
        return bool(self._database.read(_HAS_SESSION, (session_id,)))

    def sessions_of(self, user_id: UserId, limit: int) -> Sequence[SessionId]:
        return [SessionId(name) for (name,) in self._database.read(_SESSIONS_OF, (user_id, limit))]

    def forget_users(self, session_ids: Sequence[SessionId]) -> None:
        self._database.erase(_FORGET_SESSION, ((session_id,) for session_id in session_ids))

    def erase(self, session_ids: Sequence[SessionId]) -> int:
        rows = [(session_id,) for session_id in session_ids]
        self._database.erase(_FORGET_SESSION, rows)
        return self._database.erase(_ERASE_SESSION, rows)

    def days(self) -> Mapping[date, int]:
        return {date.fromisoformat(day): count for day, count in self._database.read(_DAYS)}

    def read_day(self, day: date) -> Iterator[Sequence[Event]]:
        start = (day.isoformat(), _BEFORE_EVERYTHING, "", "")
        for page in self._database.read_pages(_READ_DAY, start, EVENTS_PER_PAGE):
            yield [_event(row[len(_ORDER) :]) for row in page]

    def day_versions(self) -> Mapping[date, str]:
        return {
            date.fromisoformat(day): "-".join(map(str, counts))
            for day, *counts in self._database.read(_DAY_VERSIONS)
        }

    def read_day_columns(self, day: date) -> Iterator[HistoryColumns]:
        start = (day.isoformat(), _BEFORE_EVERYTHING, "", "")
        pages = self._database.read_pages(_READ_COLUMNS, start, ROWS_PER_COLUMNS, DAY_CACHE_KIB)
        return map(columns_of_rows, pages)

    def _append_rows(self, statement: str, rows: Sequence[Row]) -> None:
        """Write rows that end with their day and the day of writing, and count them by day."""
        by_day: defaultdict[str, list[Row]] = defaultdict(list)
        for row in rows:
            by_day[row[_DAY_PLACE]].append(row)
        now = to_microseconds(self._clock.now())
        with self._database.transaction() as connection:
            for day, some in by_day.items():
                added = connection.executemany(statement, some).rowcount
                if added > 0:
                    connection.execute(_COUNT_DAY, (day, added, now))

    def prune(self, before: datetime) -> int:
        """Remove what was written before that day; return the number of events."""
        oldest, start = _day_number(before), ("", "")

        def is_old(written_day: int) -> bool:
            return written_day < oldest

        pages = self._database.delete_pages
        pages(_SESSION_KEYS, start, EVENTS_PER_PAGE, _DELETE_SESSION, is_old)
        return pages(_KEYS, start, EVENTS_PER_PAGE, _DELETE, is_old)

    def compact(self) -> int:
        return self._database.compact()

    def close(self) -> None:
        self._database.close()


def _day_number(moment: datetime) -> int:
    return (moment.astimezone(UTC).date() - _EPOCH).days


def _event_row(event: Event) -> Row:
    row = row_of(event)
    for position in _JSON_POSITIONS:
        # Most events have one product and nothing else of which there may be many.
        row[position] = msgspec.json.encode(row[position]).decode() if row[position] else "[]"
    return (*row, event.occurred_at.astimezone(UTC).date().isoformat())


def _event(row: tuple[Any, ...]) -> Event:
    values = list(row)
    for position in _JSON_POSITIONS:
        # Events that were kept before a column was have nothing in it.
        values[position] = msgspec.json.decode(values[position] or b"[]")
    return event_of(values)
