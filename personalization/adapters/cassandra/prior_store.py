from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import attrgetter

from personalization.adapters.cassandra.batches import Write, read_each, write_rows
from personalization.adapters.cassandra.connection import (
    CassandraConnection,
    Row,
    translated_errors,
)
from personalization.adapters.cassandra.partitions import SHOP
from personalization.codec.json_codec import GENERATION
from personalization.domain.errors import GenerationRejectedError
from personalization.domain.identifiers import GenerationId, UserId
from personalization.domain.lists.list_columns import ListColumns
from personalization.domain.prior import (
    OF_USERS,
    Generation,
    PriorKey,
    PriorTable,
    RankedList,
    RankedMember,
)

_WRITE_LIST = (
    "INSERT INTO prior_lists (generation_id, prior_table, list_key, member_ids, strengths, "
    "member_values, supports) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_WRITE_KEY = "INSERT INTO prior_keys (generation_id, prior_table, list_key) VALUES (?, ?, ?)"
_READ_LIST = (
    "SELECT member_ids, strengths, member_values, supports FROM prior_lists "
    "WHERE generation_id = ? AND prior_table = ? AND list_key = ?"
)
_READ_KEYS = "SELECT list_key FROM prior_keys WHERE generation_id = ? AND prior_table = ?"
_DELETE_LIST = (
    "DELETE FROM prior_lists WHERE generation_id = ? AND prior_table = ? AND list_key = ?"
)
_DELETE_KEY = "DELETE FROM prior_keys WHERE generation_id = ? AND prior_table = ? AND list_key = ?"
_DELETE_KEYS = "DELETE FROM prior_keys WHERE generation_id = ? AND prior_table = ?"
_WRITE_CHUNK = "INSERT INTO session_index_chunks (generation_id, number, body) VALUES (?, ?, ?)"
_READ_CHUNK = "SELECT body FROM session_index_chunks WHERE generation_id = ? AND number = ?"
_READ_NUMBERS = "SELECT number FROM session_index_chunks WHERE generation_id = ?"
_DROP_INDEX = "DELETE FROM session_index_chunks WHERE generation_id = ?"
_DROP_REST = "DELETE FROM session_index_chunks WHERE generation_id = ? AND number >= ?"
_REGISTER = (
    "INSERT INTO prior_generations (shop, generation_id, created_at, description) "
    "VALUES (?, ?, ?, ?)"
)
_GENERATIONS = "SELECT description FROM prior_generations WHERE shop = ?"
_GENERATION = "SELECT description FROM prior_generations WHERE shop = ? AND generation_id = ?"
_FORGET = "DELETE FROM prior_generations WHERE shop = ? AND generation_id = ?"
_ACTIVE = "SELECT generation_id FROM active_generation WHERE shop = ?"
_PROMOTE = "INSERT INTO active_generation (shop, generation_id) VALUES (?, ?)"


class CassandraPriorStore:
    def __init__(self, connection: CassandraConnection) -> None:
        self._connection = connection

    def write_many(
        self, generation_id: GenerationId, lists: Iterable[tuple[PriorKey, RankedList]]
    ) -> None:
        write_rows(self._connection, _list_writes(generation_id, lists))

    def write_whole(self, generation_id: GenerationId, lists: Iterable[ListColumns]) -> None:
        self._delete_lists(generation_id)
        for columns in lists:
            self.write_many(generation_id, columns.lists())

    def read_many(
        self, generation_id: GenerationId, keys: Sequence[PriorKey]
    ) -> Mapping[PriorKey, RankedList]:
        wanted = ((generation_id, table.value, key) for table, key in keys)
        found = read_each(self._connection, _READ_LIST, wanted)
        return {key: _members(rows[0]) for key, rows in zip(keys, found, strict=True) if rows}

    def keys(self, generation_id: GenerationId, limit: int) -> Sequence[PriorKey]:
        found: list[PriorKey] = []
        for table in [table for table in PriorTable if table not in OF_USERS]:
            found.extend((table, key) for key in islice(self._keys(generation_id, table), limit))
        return found[:limit]

    def users(self, generation_id: GenerationId) -> Iterator[UserId]:
        for table in OF_USERS:
            yield from map(UserId, self._keys(generation_id, table))

    def erase(
        self, keys: Collection[PriorKey], spared: Collection[GenerationId] = ()
    ) -> Mapping[PriorKey, int]:
        removed = Counter[PriorKey]()
        for generation in self.generations():
            generation_id = generation.generation_id
            if generation_id in spared:
                continue
            found = self.read_many(generation_id, list(keys))
            names = [(generation_id, table.value, key) for table, key in found]
            write_rows(self._connection, (Write(name, _DELETE_LIST, name) for name in names))
            # Last and all: somebody may have been killed here, when the lists were gone.
            names = [(generation_id, table.value, key) for table, key in keys]
            write_rows(self._connection, (Write(name[:2], _DELETE_KEY, name) for name in names))
            removed.update(found.keys())
        return removed

    def write_index(self, generation_id: GenerationId, chunks: Iterable[bytes]) -> None:
        written = 0
        for number, chunk in enumerate(chunks):
            # One at a time: a batch of them would be more than Cassandra takes.
            self._connection.execute(_WRITE_CHUNK, (generation_id, number, chunk))
            written = number + 1
        self._connection.execute(_DROP_REST, (generation_id, written))

    def read_index(self, generation_id: GenerationId) -> Sequence[bytes]:
        rows = self._connection.execute(_READ_NUMBERS, (generation_id,))
        with translated_errors():
            wanted = [(generation_id, number) for (number,) in rows]
        found = read_each(self._connection, _READ_CHUNK, wanted)
        return [body for chunk in found for (body,) in chunk]

    def register(self, generation: Generation) -> None:
        described = GENERATION.encode(generation)
        self._connection.execute(
            _REGISTER, (SHOP, generation.generation_id, generation.created_at, described)
        )

    def promote(self, generation_id: GenerationId) -> None:
        if self._describe(generation_id) is None:
            raise GenerationRejectedError(
                f"Generation {generation_id} is not registered, so it may be incomplete."
            )
        self._connection.execute(_PROMOTE, (SHOP, generation_id))

    def active(self) -> Generation | None:
        active = self._active_id()
        return self._describe(active) if active is not None else None

    def generations(self) -> Sequence[Generation]:
        rows = self._connection.execute(_GENERATIONS, (SHOP,))
        with translated_errors():
            found = [GENERATION.decode(body) for (body,) in rows]
        return sorted(found, key=attrgetter("created_at", "generation_id"), reverse=True)

    def discard(self, generation_id: GenerationId) -> None:
        if generation_id == self._active_id():
            raise GenerationRejectedError(f"Generation {generation_id} is the active one.")
        self._connection.execute(_FORGET, (SHOP, generation_id))
        self._connection.execute(_DROP_INDEX, (generation_id,))
        self._delete_lists(generation_id)

    def _delete_lists(self, generation_id: GenerationId) -> None:
        for table in PriorTable:
            names = [(generation_id, table.value, key) for key in self._keys(generation_id, table)]
            write_rows(self._connection, (Write(name, _DELETE_LIST, name) for name in names))
            # Last, so that an interrupted discarding can find what is left.
            self._connection.execute(_DELETE_KEYS, (generation_id, table.value))

    def _keys(self, generation_id: GenerationId, table: PriorTable) -> Iterator[str]:
        rows = self._connection.execute(_READ_KEYS, (generation_id, table.value))
        with translated_errors():
            yield from (key for (key,) in rows)

    def _active_id(self) -> GenerationId | None:
        row = self._connection.execute(_ACTIVE, (SHOP,)).one()
        return GenerationId(row[0]) if row else None

    def _describe(self, generation_id: GenerationId) -> Generation | None:
        row = self._connection.execute(_GENERATION, (SHOP, generation_id)).one()
        return GENERATION.decode(row[0]) if row else None


def _list_writes(
    generation_id: GenerationId, lists: Iterable[tuple[PriorKey, RankedList]]
) -> Iterator[Write]:
    for (table, key), members in lists:
        name = (generation_id, table.value, key)
        # The key first: a list that nothing leads to could never be discarded.
        yield Write(name[:2], _WRITE_KEY, name)
        values = (
            [member.member_id for member in members],
            [member.strength for member in members],
            [member.value for member in members],
            [member.support for member in members],
        )
        yield Write(name, _WRITE_LIST, (*name, *values))


def _members(row: Row) -> RankedList:
    members = zip(*(column or () for column in row), strict=True)
    return tuple(RankedMember(*member) for member in members)
