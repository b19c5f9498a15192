"""The file of a generation as its readers see it: mapped into memory, shared by all processes."""

import mmap
import struct
from collections.abc import Collection, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from personalization.adapters.sqlite.list_files.layout import (
    HASH_BITS,
    MARK,
    PLACE,
    PLACE_READER,
    ROW,
    ROW_READER,
    TAIL,
    Foot,
    Part,
    hash_of,
)
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.prior import OF_USERS, PriorKey, PriorTable, RankedList, RankedMember

_CHECKED_AT_ONCE = 1 << 22

Place = tuple[int, int, int, int, int, int]
"""As in `layout.PLACE`."""


class FoundList(NamedTuple):
    """A list, and which entry it is in which part of its table's index."""

    part: int
    entry: int
    place: Place


class ListFile:
    """Any number of threads may read. What was opened stays, also when the file is deleted."""

    def __init__(self, path: Path) -> None:
        """Raise `FileNotFoundError`, and `StoreUnavailableError` for what is no such file."""
        self._path = path
        with path.open("rb") as file:
            size = file.seek(0, 2)
            if size < len(MARK) + TAIL.size:
                raise self._damage()
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        # Lists are read one here, one there: reading on ahead of each would fetch what nobody asks.
        self._map.madvise(mmap.MADV_RANDOM)
        foot_length, self._digest, mark = TAIL.unpack_from(self._map, size - TAIL.size)
        self._body = size - TAIL.size
        if mark != MARK or self._map[: len(MARK)] != MARK or foot_length > self._body:
            raise self._damage()
        try:
            foot = msgspec.json.decode(self._map[self._body - foot_length : self._body], type=Foot)
            self._parts = {table: self._open_parts(parts) for table, parts in foot.tables.items()}
        except (msgspec.DecodeError, ValueError) as error:
            raise self._damage() from error

    def rest(self) -> None:
        """Let go of the pages that were read: they come back where somebody reads on."""
        self._map.madvise(mmap.MADV_DONTNEED)

    def check(self) -> None:
        """Raise `StoreUnavailableError` where the content does not fit its digest (reads all)."""
        digest = sha256()
        with self._path.open("rb") as file:
            remaining = self._body
            while remaining and (content := file.read(min(_CHECKED_AT_ONCE, remaining))):
                digest.update(content)
                remaining -= len(content)
        if digest.digest() != self._digest:
            raise self._damage()

    def read(self, table: PriorTable, key: str) -> RankedList | None:
        """Return the list, None where there is none; `StoreUnavailableError` if it is damaged."""
        entry = self._find(table, key.encode())
        if entry is None:
            return None
        rows_at, ids_at, _, rows, ids_length, _ = entry.place
        encoded = self._map[ids_at : ids_at + ids_length]
        try:
            ids = encoded.decode()
            found = ROW_READER.iter_unpack(self._map[rows_at : rows_at + rows * ROW.itemsize])
            if len(ids) == len(encoded):
                return tuple(_members(ids, found))
            return tuple(_members_of_bytes(encoded, found))
        except (UnicodeDecodeError, struct.error) as error:
            raise self._damage() from error

    def all_keys(self) -> Iterator[PriorKey]:
        """Yield the keys of all lists but those of users."""
        for table in self.tables():
            if table not in OF_USERS:
                yield from ((table, key) for key in self.keys_of(table))

    def keys_of(self, table: PriorTable) -> Iterator[str]:
        for part, _ in self._parts.get(table, ()):
            for number in range(part.lists):
                yield self._key(self._place(part, number)).decode()

    def find_many(self, keys: Collection[PriorKey]) -> dict[PriorKey, FoundList]:
        places = ((key, self._find(key[0], key[1].encode())) for key in keys)
        return {key: place for key, place in places if place is not None}

    @property
    def index_at(self) -> int:
        """Where the lists end; what follows leads to them."""
        parts = (part for of_table in self._parts.values() for part, _ in of_table)
        return min((part.hashes_at for part in parts), default=len(MARK))

    def tables(self) -> list[PriorTable]:
        return list(map(PriorTable, self._parts))

    def part_count(self, table: PriorTable) -> int:
        return len(self._parts[table])

    def read_part(
        self, table: PriorTable, number: int
    ) -> tuple[npt.NDArray[np.uint64], npt.NDArray[Any]]:
        """Return the hashes of a part of the index, rising, and the places of their lists."""
        part, hashes = self._parts[table][number]
        return hashes, np.frombuffer(self._map, PLACE, part.lists, part.places_at)

    def _find(self, table: PriorTable, key: bytes) -> FoundList | None:
        parts = self._parts.get(table)
        if parts is None:
            return None
        wanted = hash_of(key)
        of_key = wanted * len(parts) >> HASH_BITS
        part, hashes = parts[of_key]
        number = int(hashes.searchsorted(np.uint64(wanted)))
        while number < part.lists and int(hashes[number]) == wanted:
            place = self._place(part, number)
            if self._key(place) == key:
                return FoundList(of_key, number, place)
            number += 1
        return None

    def _place(self, part: Part, number: int) -> Place:
        place: Place = PLACE_READER.unpack_from(self._map, part.places_at + number * PLACE.itemsize)
        return place

    def _key(self, place: Place) -> bytes:
        _, _, key_at, _, _, key_length = place
        return self._map[key_at : key_at + key_length]

    def _open_parts(self, parts: list[Part]) -> list[tuple[Part, npt.NDArray[np.uint64]]]:
        """Raise `ValueError` where a part is beyond the end."""
        for part in parts:
            if part.places_at + part.lists * PLACE.itemsize > self._body:
                raise ValueError(part)
        return [
            (part, np.frombuffer(self._map, "<u8", part.lists, part.hashes_at)) for part in parts
        ]

    def _damage(self) -> StoreUnavailableError:
        return StoreUnavailableError(
            f"{self._path.name} is damaged: promote another generation, or run the night again."
        )


def _members(ids: str, rows: Iterator[tuple[Any, ...]]) -> Iterator[RankedMember]:
    start = 0
    for strength, value, support, length in rows:
        end = start + length
        yield RankedMember(ids[start:end], strength, value, support)
        start = end


def _members_of_bytes(ids: bytes, rows: Iterator[tuple[Any, ...]]) -> Iterator[RankedMember]:
    start = 0
    for strength, value, support, length in rows:
        end = start + length
        yield RankedMember(ids[start:end].decode(), strength, value, support)
        start = end
