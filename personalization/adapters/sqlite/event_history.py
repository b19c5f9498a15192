"""Every valid event, kept flat in SQLite."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date
from pathlib import Path
from typing import Any

import msgspec

from personalization.adapters.sqlite.database import MINIMUM_FREE_MIB, Database, Row
from personalization.codec.moments import from_microseconds, to_microseconds
from personalization.domain.event import Device, Event, EventType
from personalization.domain.identifiers import SessionId

EVENTS_PER_PAGE = 10_000
"""About 5 MB of events at a time."""

_COLUMNS = (
    "occurred_at_us, event_id, session_id, type, received_at_us, product_ids, category_id, region,"
    " device, user_id, decision_id, slots, bundle_id, thumb, rating"
)
_APPEND = f"""
INSERT INTO events ({_COLUMNS}, day) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (session_id, event_id) DO NOTHING
"""  # noqa: S608 - constant names
_READ_SESSIONS = f"""
SELECT {_COLUMNS} FROM events WHERE session_id IN (SELECT value FROM json_each(?))
ORDER BY occurred_at_us, event_id
"""  # noqa: S608 - constant names
_READ_DAY = f"""
SELECT day, {_COLUMNS} FROM events
WHERE day = ? AND (occurred_at_us, event_id, session_id) > (?, ?, ?)
ORDER BY occurred_at_us, event_id, session_id LIMIT ?
"""  # noqa: S608 - constant names
_BEFORE_EVERYTHING = -(2**63)


class SqliteEventHistory:
    """The embedded `EventHistory`, in one file with the decisions."""

    def __init__(self, path: Path, minimum_free_mib: int = MINIMUM_FREE_MIB) -> None:
        self._database = Database(path, "history", minimum_free_mib)

    def append(self, events: Sequence[Event]) -> None:
        """Store the events; one already stored (same session and event id) is left as it is."""
        self._database.write_rows(_APPEND, map(_event_row, events))

    def read_many(self, session_ids: Sequence[SessionId]) -> Mapping[SessionId, Sequence[Event]]:
        """Return the sessions' events, oldest first; an unknown session is absent."""
        wanted = msgspec.json.encode(session_ids).decode()
        sessions: defaultdict[SessionId, list[Event]] = defaultdict(list)
        for row in self._database.read(_READ_SESSIONS, (wanted,)):
            event = _event(row)
            sessions[event.session_id].append(event)
        return dict(sessions)

    def days(self) -> Mapping[date, int]:
        """Return the UTC days that have events, ascending, each with its number of events."""
        rows = self._database.read("SELECT day, count(*) FROM events GROUP BY day ORDER BY day")
        return {date.fromisoformat(day): count for day, count in rows}

    def read_day(self, day: date) -> Iterator[Sequence[Event]]:
        """Yield the events that occurred on a UTC day, in chunks, by time then event id."""
        start = (day.isoformat(), _BEFORE_EVERYTHING, "", "")
        for page in self._database.read_pages(_READ_DAY, start, EVENTS_PER_PAGE):
            yield [_event(row[1:]) for row in page]

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _event_row(event: Event) -> Row:
    return (
        to_microseconds(event.occurred_at),
        event.event_id,
        event.session_id,
        event.type,
        to_microseconds(event.received_at),
        msgspec.json.encode(event.product_ids).decode(),
        event.category_id,
        event.region,
        event.device,
        event.user_id,
        event.decision_id,
        msgspec.json.encode(event.slots).decode(),
        event.bundle_id,
        event.thumb,
        event.rating,
        event.occurred_at.astimezone(UTC).date().isoformat(),
    )


def _event(row: tuple[Any, ...]) -> Event:
    return Event(
        occurred_at=from_microseconds(row[0]),
        event_id=row[1],
        session_id=row[2],
        type=EventType(row[3]),
        received_at=from_microseconds(row[4]),
        product_ids=tuple(msgspec.json.decode(row[5])),
        category_id=row[6],
        region=row[7],
        device=Device(row[8]),
        user_id=row[9],
        decision_id=row[10],
        slots=tuple(msgspec.json.decode(row[11])),
        bundle_id=row[12],
        thumb=row[13],
        rating=row[14],
    )
