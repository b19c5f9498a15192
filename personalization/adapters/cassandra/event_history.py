from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from heapq import merge
from itertools import chain, groupby, islice, zip_longest
from typing import Any

from personalization.adapters.cassandra.batches import Write, present, read_each, write_rows
from personalization.adapters.cassandra.connection import CassandraConnection, translated_errors
from personalization.adapters.cassandra.partitions import BUCKETS, SHOP, bucket_of
from personalization.codec.event_columns import COLUMNS, consent_text, event_of, row_of
from personalization.codec.history_columns import columns_of
from personalization.codec.moments import from_microseconds, to_microseconds
from personalization.codec.plain_events import events_of
from personalization.domain.event import Event
from personalization.domain.identifiers import EventId, SessionId, UserId
from personalization.domain.session import SESSION_LIFE
from personalization.ports.history_columns import HistoryColumns
from personalization.ports.plain_events import PlainEvents

EVENTS_PER_CHUNK = 10_000
"""About 5 MB of events at a time."""
_DAY_SECONDS = 86_400

_NAMES = ", ".join(COLUMNS)
_MARKS = ", ".join("?" * (len(COLUMNS) + 2))
_KNOWN = "SELECT event_id FROM events_by_session WHERE session_id = ?"
_READ_SESSION = f"SELECT {_NAMES} FROM events_by_session WHERE session_id = ?"
_HAS_SESSION = "SELECT event_id FROM events_by_session WHERE session_id = ? LIMIT 1"
_READ_BUCKET = f"SELECT {_NAMES} FROM events_by_day WHERE day = ? AND bucket = ?"
_COUNT_BUCKET = "SELECT count(*) FROM events_by_day WHERE day = ? AND bucket = ?"
_READ_DAYS = "SELECT day, bucket FROM event_days WHERE shop = ?"
_WRITE_DAYS = "INSERT INTO event_days (shop, day, bucket) VALUES (?, ?, ?)"
_WRITE_SESSION = (
    f"INSERT INTO events_by_session ({_NAMES}, occurred_at, received_at) VALUES ({_MARKS}) "
    "USING TTL ? AND TIMESTAMP ?"
)
_WRITE_DAY = (
    f"INSERT INTO events_by_day ({_NAMES}, occurred_at, received_at, day, bucket) "
    f"VALUES ({_MARKS}, ?, ?) USING TTL ? AND TIMESTAMP ?"
)
_WRITE_PRODUCT = (
    "INSERT INTO events_by_product_and_day (product_id, day, occurred_at, event_id, session_id, "
    "type, category_id, region, device, decision_id, slot, thumb, rating, quantity, "
    "unit_price_micros, currency, order_id, duration_ms, variant_id, attested, consent) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "USING TTL ? AND TIMESTAMP ?"
)
_WRITE_VISIT = (
    "INSERT INTO sessions_by_user (user_id, day, session_id, newest_us) VALUES (?, ?, ?, ?) "
    "USING TTL ? AND TIMESTAMP ?"
)
_VISITS = "SELECT session_id, newest_us FROM sessions_by_user WHERE user_id = ? LIMIT ?"
_DAYS_OF_A_VISIT = 3
"""Days that 48 hours may touch."""
_USERS = "SELECT user_id, occurred_at_us FROM events_by_session WHERE session_id = ?"
_FORGET_VISIT = (
    "DELETE FROM sessions_by_user USING TIMESTAMP ? "
    "WHERE user_id = ? AND day = ? AND session_id = ?"
)


_ERASE_SESSION = "DELETE FROM events_by_session WHERE session_id = ?"
_ERASE_OF_DAY = (
    "DELETE FROM events_by_day "
    "WHERE day = ? AND bucket = ? AND occurred_at = ? AND event_id = ? AND session_id = ?"
)
_ERASE_OF_PRODUCT = (
    "DELETE FROM events_by_product_and_day "
    "WHERE product_id = ? AND day = ? AND occurred_at = ? AND event_id = ? AND session_id = ?"
)


class CassandraEventHistory:
    """Every valid event, once per question that is asked of it.

    An event's rows carry the moment it was received as their write time, so that writing it
    again changes nothing. Its row by session is written last: while it is missing the event
    counts as not stored, and a retry completes it.
    """

    def __init__(self, connection: CassandraConnection) -> None:
        self._connection = connection
        self._ttl_seconds = connection.settings.events_days * _DAY_SECONDS
        self._known_days: set[tuple[date, int]] = set()

    def append(self, events: Sequence[Event]) -> None:
        new = self._unknown(events)
        days = {(_day(event), bucket_of(event.session_id)) for event in new} - self._known_days
        write_rows(self._connection, self._beside(new, days))
        write_rows(self._connection, self._visits(new))
        write_rows(self._connection, map(self._by_session, new))
        self._known_days |= days

    def append_plain(self, events: PlainEvents) -> None:
        self.append(events_of(events))

    def read_many(self, session_ids: Sequence[SessionId]) -> Mapping[SessionId, Sequence[Event]]:
        keys = ((session_id,) for session_id in session_ids)
        found = read_each(self._connection, _READ_SESSION, keys)
        sessions = {
            session_id: sorted(map(event_of, rows), key=_order)
            for session_id, rows in zip(session_ids, found, strict=True)
        }
        return {session_id: events for session_id, events in sessions.items() if events}

    def has_session(self, session_id: SessionId) -> bool:
        return self._connection.execute(_HAS_SESSION, (session_id,)).one() is not None

    def sessions_of(self, user_id: UserId, limit: int) -> Sequence[SessionId]:
        values = (user_id, limit * _DAYS_OF_A_VISIT)
        newest: dict[SessionId, int] = {}
        with translated_errors():
            for session_id, moment in self._connection.execute(_VISITS, values):
                newest[session_id] = max(moment, newest.get(session_id, moment))
        return sorted(newest, key=lambda name: (-newest[name], name))[:limit]

    def forget_users(self, session_ids: Sequence[SessionId]) -> None:
        # Later than anything that is on its way was received: that must not bring it back.
        moment = to_microseconds(datetime.now(UTC) + SESSION_LIFE)
        found = read_each(self._connection, _USERS, ((name,) for name in session_ids))
        visits = {
            (user_id, from_microseconds(occurred_us).date(), session_id)
            for session_id, rows in zip(session_ids, found, strict=True)
            for user_id, occurred_us in rows
            if user_id is not None
        }
        write_rows(
            self._connection,
            (Write(visit[0], _FORGET_VISIT, (moment, *visit)) for visit in visits),
        )

    def erase(self, session_ids: Sequence[SessionId]) -> int:
        """Delete by rows of each table; a file keeps them until it is compacted."""
        self.forget_users(session_ids)
        erased = 0
        for session_id in session_ids:
            events = self.read_many([session_id]).get(session_id, ())
            write_rows(self._connection, chain.from_iterable(map(_deletions, events)))
            self._connection.execute(_ERASE_SESSION, (session_id,))
            erased += len(events)
        return erased

    def days(self) -> Mapping[date, int]:
        partitions = self._partitions()
        counts: dict[date, int] = {}
        found = read_each(self._connection, _COUNT_BUCKET, partitions)
        for (day, _), [(count,)] in zip(partitions, found, strict=True):
            counts[day] = counts.get(day, 0) + count
        return {day: counts[day] for day in sorted(counts) if counts[day]}

    def read_day(self, day: date) -> Iterator[Sequence[Event]]:
        merged = merge(*(self._bucket(day, number) for number in range(BUCKETS)), key=_millisecond)
        # Rows are ordered by milliseconds: those of one millisecond still need their order.
        groups = (sorted(group, key=_order) for _, group in groupby(merged, _millisecond))
        events = chain.from_iterable(groups)
        while chunk := list(islice(events, EVENTS_PER_CHUNK)):
            yield chunk

    def day_versions(self) -> Mapping[date, str]:
        """Return nothing: rows come and expire here without a count of them."""
        return {}

    def read_day_columns(self, day: date) -> Iterator[HistoryColumns]:
        # The night reads by Spark's connector; this is for whoever has few events.
        return map(columns_of, self.read_day(day))

    def _unknown(self, events: Sequence[Event]) -> list[Event]:
        sessions = list(dict.fromkeys(event.session_id for event in events))
        found = read_each(self._connection, _KNOWN, ((session_id,) for session_id in sessions))
        known: set[tuple[SessionId, EventId]] = {
            (session_id, event_id)
            for session_id, rows in zip(sessions, found, strict=True)
            for (event_id,) in rows
        }
        new: list[Event] = []
        for event in events:
            if (event.session_id, event.event_id) not in known:
                known.add((event.session_id, event.event_id))
                new.append(event)
        return new

    def _beside(self, events: Iterable[Event], days: Iterable[tuple[date, int]]) -> Iterator[Write]:
        for day, bucket in days:
            yield Write(SHOP, _WRITE_DAYS, (SHOP, day, bucket))
        for event in events:
            day, bucket = _day(event), bucket_of(event.session_id)
            values = (*_values(event), day, bucket, *self._ttl_and_time(event))
            yield Write((day, bucket), _WRITE_DAY, present(values))
            yield from self._by_product(event, day)

    def _by_product(self, event: Event, day: date) -> Iterator[Write]:
        columns = event.slots, event.quantities, event.unit_price_micros, event.variant_ids
        # An order of several lines may come from the one slot that was clicked.
        lines = zip_longest(event.product_ids, *columns)
        for product_id, slot, quantity, price, variant in islice(lines, len(event.product_ids)):
            values = (
                product_id, day, event.occurred_at, event.event_id, event.session_id,
                event.type.value, event.category_id, event.region, event.device.value,
                event.decision_id, slot, event.thumb, event.rating, quantity, price,
                event.currency, event.order_id, event.duration_ms, variant, event.attested,
                consent_text(event.consent), *self._ttl_and_time(event),
            )  # fmt: skip
            yield Write((product_id, day), _WRITE_PRODUCT, present(values))

    def _by_session(self, event: Event) -> Write:
        values = (*_values(event), *self._ttl_and_time(event))
        return Write(event.session_id, _WRITE_SESSION, present(values))

    def _visits(self, events: Iterable[Event]) -> Iterator[Write]:
        newest: dict[tuple[UserId, date, SessionId], Event] = {}
        for event in events:
            if event.user_id is not None:
                key = event.user_id, _day(event), event.session_id
                newest[key] = max(event, newest.get(key, event), key=lambda it: it.occurred_at)
        for key, event in newest.items():
            moment = to_microseconds(event.occurred_at)
            yield Write(event.user_id, _WRITE_VISIT, (*key, moment, *self._ttl_and_time(event)))

    def _ttl_and_time(self, event: Event) -> tuple[int, int]:
        return self._ttl_seconds, to_microseconds(event.received_at)

    def _partitions(self) -> list[tuple[date, int]]:
        rows = self._connection.execute(_READ_DAYS, (SHOP,))
        with translated_errors():
            return [(day.date(), bucket) for day, bucket in rows]

    def _bucket(self, day: date, bucket: int) -> Iterator[Event]:
        rows = self._connection.execute(_READ_BUCKET, (day, bucket))
        with translated_errors():
            yield from map(event_of, rows)


def _day(event: Event) -> date:
    return event.occurred_at.astimezone(UTC).date()


def _deletions(event: Event) -> Iterator[Write]:
    day, bucket = _day(event), bucket_of(event.session_id)
    row = (event.occurred_at, event.event_id, event.session_id)
    yield Write((day, bucket), _ERASE_OF_DAY, (day, bucket, *row))
    for product_id in dict.fromkeys(event.product_ids):
        yield Write((product_id, day), _ERASE_OF_PRODUCT, (product_id, day, *row))


def _order(event: Event) -> tuple[datetime, str, str]:
    return event.occurred_at, event.event_id, event.session_id


def _millisecond(event: Event) -> int:
    return to_microseconds(event.occurred_at) // 1_000


def _values(event: Event) -> tuple[Any, ...]:
    return (*row_of(event), event.occurred_at, event.received_at)
