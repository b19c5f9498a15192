from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from personalization.adapters.sqlite.database import MINIMUM_FREE_MIB, Database
from personalization.codec.json_codec import GENERATION, RANKED_LIST
from personalization.codec.moments import to_microseconds
from personalization.domain.errors import GenerationRejectedError
from personalization.domain.identifiers import GenerationId
from personalization.domain.prior import (
    OF_USERS,
    Generation,
    PriorKey,
    PriorTable,
    RankedList,
)

_WRITE_LIST = """
INSERT INTO ranked_lists (generation_id, prior_table, list_key, members) VALUES (?, ?, ?, ?)
ON CONFLICT (generation_id, prior_table, list_key) DO UPDATE SET members = excluded.members
"""
# CROSS JOIN keeps the order: a handful of wanted keys, each looked up in the index.
_READ_LISTS = """
SELECT prior_table, list_key, members FROM json_each(?) AS wanted CROSS JOIN ranked_lists
ON generation_id = ? AND prior_table = wanted.value ->> 0 AND list_key = wanted.value ->> 1
"""
_READ_KEYS = """
SELECT prior_table, list_key FROM json_each(?) AS wanted CROSS JOIN ranked_lists
ON generation_id = ? AND prior_table = wanted.value LIMIT ?
"""
_DROP_INDEX = "DELETE FROM session_index_chunks WHERE generation_id = ?"
_WRITE_CHUNK = "INSERT INTO session_index_chunks (generation_id, number, body) VALUES (?, ?, ?)"
_READ_INDEX = "SELECT body FROM session_index_chunks WHERE generation_id = ? ORDER BY number"
_REGISTER = """
INSERT INTO generations (generation_id, created_at_us, description) VALUES (?, ?, ?)
ON CONFLICT (generation_id) DO UPDATE
SET created_at_us = excluded.created_at_us, description = excluded.description
"""
_IS_REGISTERED = "SELECT 1 FROM generations WHERE generation_id = ?"
_PROMOTE = """
INSERT INTO active_generation (only_row, generation_id) VALUES (1, ?)
ON CONFLICT (only_row) DO UPDATE SET generation_id = excluded.generation_id
"""
_ACTIVE = "SELECT description FROM generations JOIN active_generation USING (generation_id)"
_IS_ACTIVE = "SELECT 1 FROM active_generation WHERE generation_id = ?"
_GENERATIONS = "SELECT description FROM generations ORDER BY created_at_us DESC, generation_id DESC"


class SqlitePriorStore:
    def __init__(self, path: Path, minimum_free_mib: int = MINIMUM_FREE_MIB) -> None:
        self._database = Database(path, "priors", minimum_free_mib)

    def write_many(
        self, generation_id: GenerationId, lists: Iterable[tuple[PriorKey, RankedList]]
    ) -> None:
        rows = ((generation_id, *name, RANKED_LIST.encode(members)) for name, members in lists)
        self._database.write_rows(_WRITE_LIST, rows)

    def read_many(
        self, generation_id: GenerationId, keys: Sequence[PriorKey]
    ) -> Mapping[PriorKey, RankedList]:
        wanted = msgspec.json.encode(keys).decode()
        rows = self._database.read(_READ_LISTS, (wanted, generation_id))
        return {(PriorTable(table), key): RANKED_LIST.decode(body) for table, key, body in rows}

    def keys(self, generation_id: GenerationId, limit: int) -> Sequence[PriorKey]:
        tables = msgspec.json.encode([table for table in PriorTable if table not in OF_USERS])
        rows = self._database.read(_READ_KEYS, (tables.decode(), generation_id, limit))
        return [(PriorTable(table), key) for table, key in rows]

    def write_index(self, generation_id: GenerationId, chunks: Iterable[bytes]) -> None:
        with self._database.transaction() as connection:
            connection.execute(_DROP_INDEX, (generation_id,))
            rows = ((generation_id, number, chunk) for number, chunk in enumerate(chunks))
            connection.executemany(_WRITE_CHUNK, rows)

    def read_index(self, generation_id: GenerationId) -> Sequence[bytes]:
        return [body for (body,) in self._database.read(_READ_INDEX, (generation_id,))]

    def register(self, generation: Generation) -> None:
        created_at = to_microseconds(generation.created_at)
        row = (generation.generation_id, created_at, GENERATION.encode(generation))
        self._database.write_rows(_REGISTER, [row])

    def promote(self, generation_id: GenerationId) -> None:
        with self._database.transaction() as connection:
            if connection.execute(_IS_REGISTERED, (generation_id,)).fetchone() is None:
                raise GenerationRejectedError(
                    f"Generation {generation_id} is not registered, so it may be incomplete."
                )
            connection.execute(_PROMOTE, (generation_id,))

    def active(self) -> Generation | None:
        rows = self._database.read(_ACTIVE)
        return GENERATION.decode(rows[0][0]) if rows else None

    def generations(self) -> Sequence[Generation]:
        return [GENERATION.decode(row[0]) for row in self._database.read(_GENERATIONS)]

    def discard(self, generation_id: GenerationId) -> None:
        with self._database.transaction() as connection:
            if connection.execute(_IS_ACTIVE, (generation_id,)).fetchone() is not None:
                raise GenerationRejectedError(f"Generation {generation_id} is the active one.")
            for table in ("ranked_lists", "session_index_chunks", "generations"):
                connection.execute(
                    f"DELETE FROM {table} WHERE generation_id = ?",  # noqa: S608 - constants
                    (generation_id,),
                )

    def close(self) -> None:
        self._database.close()
