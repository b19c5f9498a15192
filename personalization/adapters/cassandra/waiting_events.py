from collections.abc import Iterable, Sequence
from datetime import timedelta

from personalization.adapters.cassandra.batches import Write, read_each, write_rows
from personalization.adapters.cassandra.connection import (
    CassandraConnection,
    Row,
    translated_errors,
)
from personalization.adapters.cassandra.partitions import BUCKETS, bucket_of
from personalization.codec.json_codec import JsonCodec
from personalization.codec.moments import from_microseconds, to_microseconds
from personalization.domain.access.shop import SHOP
from personalization.domain.identifiers import SessionId
from personalization.ports.waiting_events import WaitingEvent, WaitingPlace

_FORGOTTEN_AFTER = timedelta(days=7)
"""What nobody has judged so long after its time goes by itself."""
_WRITE = (
    "INSERT INTO waiting_events (shop, bucket, session_id, event_id, product_ids, received_at_us, "
    "expires_at_us, size, event) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) USING TTL ?"
)
_NAMES = "session_id, event_id, product_ids, expires_at_us, size, received_at_us"
_PLACES = f"SELECT {_NAMES} FROM waiting_events WHERE shop = ? AND bucket = ?"
_PLACES_OF = f"{_PLACES} AND session_id = ?"
_KEY = "shop = ? AND bucket = ? AND session_id = ? AND event_id = ?"
_READ = f"SELECT event FROM waiting_events WHERE {_KEY}"
_REMOVE = f"DELETE FROM waiting_events WHERE {_KEY}"
_EVENT: JsonCodec[WaitingEvent] = JsonCodec(WaitingEvent)


class CassandraWaitingEvents:
    def __init__(self, connection: CassandraConnection) -> None:
        self._connection = connection

    def write(self, events: Sequence[WaitingEvent]) -> None:
        write_rows(self._connection, map(_write, events))

    def places(self) -> Sequence[WaitingPlace]:
        partitions = ((SHOP, bucket) for bucket in range(BUCKETS))
        found = read_each(self._connection, _PLACES, partitions)
        return _in_order(row for rows in found for row in rows)

    def places_of(self, session_id: SessionId) -> Sequence[WaitingPlace]:
        key = (SHOP, bucket_of(session_id), session_id)
        rows = self._connection.execute(_PLACES_OF, key)
        with translated_errors():
            return _in_order(rows)

    def read(self, places: Sequence[WaitingPlace]) -> Sequence[WaitingEvent]:
        found = read_each(self._connection, _READ, map(_key, places))
        return [_EVENT.decode(event) for rows in found for (event,) in rows]

    def remove(self, places: Sequence[WaitingPlace]) -> None:
        keys = map(_key, places)
        write_rows(self._connection, (Write(key[:2], _REMOVE, key) for key in keys))


def _key(place: WaitingPlace) -> tuple[str, int, str, str]:
    return place.shop, bucket_of(place.session_id), place.session_id, place.event_id


def _write(event: WaitingEvent) -> Write:
    place, key = event.place, _key(event.place)
    life = place.expires_at + _FORGOTTEN_AFTER - event.received_at
    values = (
        *key,
        list(place.product_ids),
        to_microseconds(event.received_at),
        to_microseconds(place.expires_at),
        place.size,
        _EVENT.encode(event),
        int(life.total_seconds()),
    )
    return Write(key[:2], _WRITE, values)


def _in_order(rows: Iterable[Row]) -> Sequence[WaitingPlace]:
    """Return the places by when their events were received, which is the last column."""
    return list(map(_place, sorted(rows, key=lambda row: (row[-1], row[0], row[1]))))


def _place(row: Row) -> WaitingPlace:
    session_id, event_id, product_ids, expires_at_us, size, _ = row
    return WaitingPlace(
        session_id=session_id,
        event_id=event_id,
        product_ids=tuple(product_ids),
        expires_at=from_microseconds(expires_at_us),
        size=size,
    )
