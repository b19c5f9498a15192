from collections.abc import Sequence
from pathlib import Path

import msgspec

from personalization.adapters.sqlite.database import MINIMUM_FREE_MIB, Database, Row
from personalization.codec.json_codec import JsonCodec
from personalization.codec.moments import from_microseconds, to_microseconds
from personalization.domain.access.shop import SHOP
from personalization.domain.identifiers import SessionId
from personalization.ports.waiting_events import WaitingEvent, WaitingPlace

_WRITE = (
    "INSERT OR REPLACE INTO waiting_events (shop, session_id, event_id, product_ids, "
    "received_at_us, expires_at_us, size, event) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_PLACES = (
    "SELECT session_id, event_id, product_ids, expires_at_us, size FROM waiting_events "
    "WHERE shop = ? ORDER BY received_at_us, session_id, event_id"
)
_PLACES_OF = (
    "SELECT session_id, event_id, product_ids, expires_at_us, size FROM waiting_events "
    "WHERE shop = ? AND session_id = ? ORDER BY received_at_us, event_id"
)
_READ = "SELECT event FROM waiting_events WHERE shop = ? AND session_id = ? AND event_id = ?"
_REMOVE = "DELETE FROM waiting_events WHERE shop = ? AND session_id = ? AND event_id = ?"
_EVENT: JsonCodec[WaitingEvent] = JsonCodec(WaitingEvent)


class SqliteWaitingEvents:
    """A file of its own: the API writes to it while others read what waits every second."""

    def __init__(self, path: Path, minimum_free_mib: int = MINIMUM_FREE_MIB) -> None:
        self._database = Database(path, "waiting", minimum_free_mib)

    def write(self, events: Sequence[WaitingEvent]) -> None:
        self._database.write_rows(_WRITE, map(_row, events))

    def places(self) -> Sequence[WaitingPlace]:
        return list(map(_place, self._database.read(_PLACES, (SHOP,))))

    def places_of(self, session_id: SessionId) -> Sequence[WaitingPlace]:
        return list(map(_place, self._database.read(_PLACES_OF, (SHOP, session_id))))

    def read(self, places: Sequence[WaitingPlace]) -> Sequence[WaitingEvent]:
        found = [row for place in places for row in self._database.read(_READ, _key(place))]
        return [_EVENT.decode(event) for (event,) in found]

    def remove(self, places: Sequence[WaitingPlace]) -> None:
        if places:
            self._database.erase(_REMOVE, map(_key, places))

    def close(self) -> None:
        self._database.close()


def _key(place: WaitingPlace) -> Row:
    return place.shop, place.session_id, place.event_id


def _row(event: WaitingEvent) -> Row:
    place = event.place
    return (
        *_key(place),
        msgspec.json.encode(place.product_ids).decode(),
        to_microseconds(event.received_at),
        to_microseconds(place.expires_at),
        place.size,
        _EVENT.encode(event),
    )


def _place(row: Row) -> WaitingPlace:
    session_id, event_id, product_ids, expires_at_us, size = row
    return WaitingPlace(
        session_id=session_id,
        event_id=event_id,
        product_ids=tuple(msgspec.json.decode(product_ids)),
        expires_at=from_microseconds(expires_at_us),
        size=size,
    )
