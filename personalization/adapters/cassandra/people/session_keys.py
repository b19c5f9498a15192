from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from personalization.adapters.cassandra.batches import Write, read_each, read_pages, write_rows
from personalization.adapters.cassandra.connection import CassandraConnection
from personalization.domain.identifiers import SessionId
from personalization.ports.people.session_keys import DestroyedKeys, SessionKeyId, WrappedKey

_ADD: Final = "INSERT INTO session_keys (key_id, wrapped, carried) VALUES (?, ?, ?) USING TTL ?"
_LIST: Final = "INSERT INTO session_keys_by_session (session_id, key_id) VALUES (?, ?) USING TTL ?"
_READ: Final = "SELECT key_id, wrapped, carried FROM session_keys WHERE key_id = ?"
_OF_SESSION: Final = "SELECT key_id FROM session_keys_by_session WHERE session_id = ?"
_UNLIST: Final = "DELETE FROM session_keys_by_session WHERE session_id = ?"
_ALL: Final = "SELECT wrapped FROM session_keys"
_HOUR_SECONDS: Final = 3_600


class CassandraSessionKeys:
    def __init__(self, connection: CassandraConnection, hours: float) -> None:
        self._connection = connection
        self._seconds = int(hours * _HOUR_SECONDS)

    def add(self, keys: Sequence[WrappedKey]) -> None:
        # First whose they are: what is stored without that could never be destroyed.
        lists = [
            Write(key.session_id, _LIST, (key.session_id, key.key_id, self._seconds))
            for key in keys
        ]
        write_rows(self._connection, lists)
        rows = [
            Write(key.key_id, _ADD, (key.key_id, key.wrapped, key.is_carried, self._seconds))
            for key in keys
        ]
        write_rows(self._connection, rows)

    def read_many(self, key_ids: Sequence[SessionKeyId]) -> Mapping[SessionKeyId, bytes]:
        keys = ((key_id,) for key_id in key_ids)
        return {
            SessionKeyId(bytes(key_id)): bytes(wrapped)
            for rows in read_each(self._connection, _READ, keys)
            for key_id, wrapped, _ in rows
        }

    def destroy(self, session_ids: Sequence[SessionId]) -> DestroyedKeys:
        sessions = ((session_id,) for session_id in session_ids)
        listed = [
            SessionKeyId(bytes(key_id))
            for rows in read_each(self._connection, _OF_SESSION, sessions)
            for (key_id,) in rows
        ]
        there = [
            (bytes(wrapped), bool(carried))
            for rows in read_each(self._connection, _READ, ((key_id,) for key_id in listed))
            for _, wrapped, carried in rows
        ]
        emptied = [Write(key_id, _ADD, (key_id, b"", False, self._seconds)) for key_id in listed]
        write_rows(self._connection, emptied)
        # Last, so that a call that was cut off is repeated as a whole.
        write_rows(self._connection, (Write(name, _UNLIST, (name,)) for name in session_ids))
        return DestroyedKeys(
            sum(1 for wrapped, carried in there if wrapped or carried),
            sum(1 for _, carried in there if carried),
        )

    def pages(self) -> Iterator[Sequence[bytes]]:
        for page in read_pages(self._connection, _ALL):
            yield [bytes(wrapped) for (wrapped,) in page]
