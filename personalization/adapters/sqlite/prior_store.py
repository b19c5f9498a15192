import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import msgspec

from personalization.adapters.sqlite.database import MINIMUM_FREE_MIB, Database
from personalization.adapters.sqlite.list_files.list_folder import ListFolder
from personalization.codec.json_codec import GENERATION, RANKED_LIST
from personalization.codec.moments import to_microseconds
from personalization.domain.errors import GenerationRejectedError
from personalization.domain.identifiers import GenerationId, UserId
from personalization.domain.lists.list_columns import ListColumns
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
# Each generation is looked up in the index, of which there may be millions of entries.
_WITH_ROWS = """
WITH RECURSIVE known(id) AS (
    SELECT min(generation_id) FROM ranked_lists
    UNION ALL
    SELECT (SELECT min(generation_id) FROM ranked_lists WHERE generation_id > known.id)
    FROM known WHERE known.id IS NOT NULL
)
SELECT id FROM known WHERE id IS NOT NULL
"""
_ARE_ROWS = """
SELECT prior_table, list_key FROM json_each(?) AS wanted CROSS JOIN ranked_lists
ON generation_id = ? AND prior_table = wanted.value ->> 0 AND list_key = wanted.value ->> 1
"""
_DELETE_ROW = (
    "DELETE FROM ranked_lists WHERE generation_id = ? AND prior_table = ? AND list_key = ?"
)
_DROP_INDEX = "DELETE FROM session_index_chunks WHERE generation_id = ?"
_WRITE_CHUNK = "INSERT INTO session_index_chunks (generation_id, number, body) VALUES (?, ?, ?)"
_READ_INDEX = "SELECT body FROM session_index_chunks WHERE generation_id = ? ORDER BY number"
_REGISTER = """
INSERT INTO generations (generation_id, created_at_us, description) VALUES (?, ?, ?)
ON CONFLICT (generation_id) DO UPDATE
SET created_at_us = excluded.created_at_us, description = excluded.description
"""
_HAS_ROWS = "SELECT 1 FROM ranked_lists WHERE generation_id = ? LIMIT 1"
_DELETE_ROWS = """
DELETE FROM ranked_lists WHERE rowid IN
(SELECT rowid FROM ranked_lists WHERE generation_id = ? LIMIT ?)
"""
_FORGET = "DELETE FROM generations WHERE generation_id = ?"
_IS_REGISTERED = "SELECT 1 FROM generations WHERE generation_id = ?"
_PROMOTE = """
INSERT INTO active_generation (only_row, generation_id) VALUES (1, ?)
ON CONFLICT (only_row) DO UPDATE SET generation_id = excluded.generation_id
"""
_ACTIVE = "SELECT description FROM generations JOIN active_generation USING (generation_id)"
_IS_ACTIVE = "SELECT 1 FROM active_generation WHERE generation_id = ?"
_GENERATIONS = "SELECT description FROM generations ORDER BY created_at_us DESC, generation_id DESC"


DELETED_AT_ONCE = 2_000
"""Rows: a few milliseconds."""
TURN_SECONDS = 0.005
"""For others, after each time."""
LISTS_FOLDER = "prior_lists"


class SqlitePriorStore:
    """Generations in a database, the lists of whole ones in a file each beside it (ADR 25).

    Lists that were written by themselves are rows, as those of former releases all were.
    """

    def __init__(self, path: Path, minimum_free_mib: int = MINIMUM_FREE_MIB) -> None:
        """Open or make the database; the files are in `LISTS_FOLDER` beside it."""
        self._database = Database(path, "priors", minimum_free_mib)
        self._files = ListFolder(path.with_name(LISTS_FOLDER), minimum_free_mib)
        self._has_rows: dict[GenerationId, bool] = {}
        """Of generations with a file: whether lists were written over it."""

    def write_whole(self, generation_id: GenerationId, lists: Iterable[ListColumns]) -> None:
        self._files.write(generation_id, lists)
        self._delete_rows(generation_id)
        self._has_rows.pop(generation_id, None)

    def write_many(
        self, generation_id: GenerationId, lists: Iterable[tuple[PriorKey, RankedList]]
    ) -> None:
        rows = ((generation_id, *name, RANKED_LIST.encode(members)) for name, members in lists)
        self._database.write_rows(_WRITE_LIST, rows)
        self._has_rows.pop(generation_id, None)

    def read_many(
        self, generation_id: GenerationId, keys: Sequence[PriorKey]
    ) -> Mapping[PriorKey, RankedList]:
        file = self._files.open(generation_id)
        if file is None:
            return self._read_rows(generation_id, keys)
        found = {key: members for key in keys if (members := file.read(*key)) is not None}
        if self._is_written_over(generation_id):
            found.update(self._read_rows(generation_id, keys))
        return found

    def _is_written_over(self, generation_id: GenerationId) -> bool:
        known = self._has_rows.get(generation_id)
        if known is None:
            known = bool(self._database.read(_HAS_ROWS, (generation_id,)))
            self._has_rows[generation_id] = known
        return known

    def _read_rows(
        self, generation_id: GenerationId, keys: Sequence[PriorKey]
    ) -> dict[PriorKey, RankedList]:
        wanted = msgspec.json.encode(keys).decode()
        rows = self._database.read(_READ_LISTS, (wanted, generation_id))
        return {(PriorTable(table), key): RANKED_LIST.decode(body) for table, key, body in rows}

    def keys(self, generation_id: GenerationId, limit: int) -> Sequence[PriorKey]:
        file = self._files.open(generation_id)
        of_file = list(islice(file.all_keys(), limit)) if file is not None else []
        tables = msgspec.json.encode([table for table in PriorTable if table not in OF_USERS])
        rows = self._database.read(_READ_KEYS, (tables.decode(), generation_id, limit))
        of_rows = [(PriorTable(table), key) for table, key in rows]
        return list(dict.fromkeys((*of_file, *of_rows)))[:limit]

    def users(self, generation_id: GenerationId) -> Iterator[UserId]:
        file = self._files.open(generation_id)
        if file is not None:
            for table in OF_USERS:
                yield from map(UserId, file.keys_of(table))
        tables = msgspec.json.encode(list(OF_USERS)).decode()
        for _, key in self._database.read(_READ_KEYS, (tables, generation_id, -1)):
            yield UserId(key)

    def erase(
        self, keys: Collection[PriorKey], spared: Collection[GenerationId] = ()
    ) -> Mapping[PriorKey, int]:
        removed = Counter(self._files.erase(keys, spared))
        removed.update(self._erase_rows(keys, spared))
        return removed

    def _erase_rows(
        self, keys: Collection[PriorKey], spared: Collection[GenerationId]
    ) -> Mapping[PriorKey, int]:
        removed = Counter[PriorKey]()
        with_rows = [name for (name,) in self._database.read(_WITH_ROWS) if name not in spared]
        for generation_id in with_rows:
            wanted = msgspec.json.encode(list(keys)).decode()
            rows = self._database.read(_ARE_ROWS, (wanted, generation_id))
            found = [(PriorTable(table), key) for table, key in rows]
            if found:
                with self._database.overwriting(frees_space=True) as connection:
                    names = [(generation_id, *key) for key in found]
                    connection.executemany(_DELETE_ROW, names)
                self._has_rows.pop(generation_id, None)
                removed.update(found)
        if removed:
            self._database.drop_log()
        return removed

    def write_index(self, generation_id: GenerationId, chunks: Iterable[bytes]) -> None:
        # What is replaced may have been erased since.
        with self._database.overwriting() as connection:
            replaced = connection.execute(_DROP_INDEX, (generation_id,)).rowcount
            rows = ((generation_id, number, chunk) for number, chunk in enumerate(chunks))
            connection.executemany(_WRITE_CHUNK, rows)
        if replaced:
            self._database.drop_log()

    def read_index(self, generation_id: GenerationId) -> Sequence[bytes]:
        return [body for (body,) in self._database.read(_READ_INDEX, (generation_id,))]

    def register(self, generation: Generation) -> None:
        file = self._files.open(generation.generation_id)
        if file is not None and not self._is_registered(generation.generation_id):
            file.check()
        created_at = to_microseconds(generation.created_at)
        row = (generation.generation_id, created_at, GENERATION.encode(generation))
        self._database.write_rows(_REGISTER, [row])

    def _is_registered(self, generation_id: GenerationId) -> bool:
        return bool(self._database.read(_IS_REGISTERED, (generation_id,)))

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
        with self._database.transaction(frees_space=True) as connection:
            if connection.execute(_IS_ACTIVE, (generation_id,)).fetchone() is not None:
                raise GenerationRejectedError(f"Generation {generation_id} is the active one.")
            # First, so that nobody begins to read what is on its way out.
            connection.execute(_FORGET, (generation_id,))
            connection.execute(_DROP_INDEX, (generation_id,))
        self._files.discard(generation_id)
        self._has_rows.pop(generation_id, None)
        self._delete_rows(generation_id)

    def _delete_rows(self, generation_id: GenerationId) -> None:
        """Delete some thousand at a time, so that no writer waits for long."""
        deleted = DELETED_AT_ONCE
        while deleted == DELETED_AT_ONCE:
            with self._database.transaction(frees_space=True) as connection:
                row = (generation_id, DELETED_AT_ONCE)
                deleted = connection.execute(_DELETE_ROWS, row).rowcount
            # Otherwise who waits for the turn would hardly ever get it in between.
            time.sleep(TURN_SECONDS if deleted else 0.0)

    def close(self) -> None:
        self._files.close()
        self._database.close()
