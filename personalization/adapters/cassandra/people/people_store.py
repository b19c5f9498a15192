from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from personalization.adapters.cassandra.batches import Write, read_each, read_pages, write_rows
from personalization.adapters.cassandra.connection import CassandraConnection
from personalization.domain.identifiers import UserId

_WRITE: Final = "INSERT INTO people (user_id, sealed) VALUES (?, ?)"
_READ: Final = "SELECT user_id, sealed FROM people WHERE user_id = ?"
_FORGET: Final = "DELETE FROM people WHERE user_id = ?"
_ALL: Final = "SELECT user_id, sealed FROM people"


class CassandraPeopleStore:
    def __init__(self, connection: CassandraConnection) -> None:
        self._connection = connection

    def add(self, people: Mapping[UserId, bytes]) -> None:
        rows = (Write(user_id, _WRITE, (user_id, sealed)) for user_id, sealed in people.items())
        write_rows(self._connection, rows)

    def read_many(self, user_ids: Sequence[UserId]) -> Mapping[UserId, bytes]:
        keys = ((user_id,) for user_id in user_ids)
        return {
            UserId(name): bytes(sealed)
            for rows in read_each(self._connection, _READ, keys)
            for name, sealed in rows
        }

    def forget(self, user_ids: Sequence[UserId]) -> None:
        rows = (Write(user_id, _FORGET, (user_id,)) for user_id in user_ids)
        write_rows(self._connection, rows)

    def pages(self) -> Iterator[Mapping[UserId, bytes]]:
        for page in read_pages(self._connection, _ALL):
            yield {UserId(name): bytes(sealed) for name, sealed in page}
