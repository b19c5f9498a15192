"""Writes the file of a generation again without some of its lists, and blanks what readers hold.

All that stays keeps its place: what the lists held becomes zeros, and the index is written again
without them. A copy of the body in order costs the disk as much as the file is long, and memory a
part of an index.
"""

import os
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import IO, Final

import numpy as np

from personalization.adapters.sqlite.list_files.layout import ROW, Part
from personalization.adapters.sqlite.list_files.list_file import FoundList, ListFile
from personalization.adapters.sqlite.list_files.list_file_writer import (
    SPILLED,
    FileOutput,
    write_end,
    write_part,
)
from personalization.domain.prior import PriorKey, PriorTable

_COPIED_AT_ONCE: Final = 1 << 22

Extent = tuple[int, int]
"""Where some bytes begin and end."""


def write_without(
    path: Path, target: Path, keys: Collection[PriorKey], check: Callable[[], None]
) -> dict[PriorKey, FoundList]:
    """Write `target` as `path` without the lists; return those that were there.

    Nothing is written where there were none. `check` is called before some megabytes each time,
    and raises what it has to say.
    """
    file = ListFile(path)
    found = file.find_many(keys)
    if found:
        with path.open("rb") as before, target.open("wb") as after:
            output = FileOutput(after)
            for piece in _pieces(before, file.index_at, extents_of(found.values())):
                check()
                output.write(piece)
            write_end(output, _write_index(output, file, found))
    return found


def blank(opened: IO[bytes], found: Collection[FoundList]) -> None:
    """Overwrite the lists in a file that others may have mapped: to them these are no more."""
    for start, end in extents_of(found):
        os.pwrite(opened.fileno(), bytes(end - start), start)
    os.fsync(opened.fileno())


def extents_of(found: Collection[FoundList]) -> list[Extent]:
    """Return where the lists have their rows, ids and keys, rising."""
    extents = []
    for erased in found:
        rows_at, ids_at, key_at, rows, ids_length, key_length = erased.place
        extents += [
            (rows_at, rows_at + rows * ROW.itemsize),
            (ids_at, ids_at + ids_length),
            (key_at, key_at + key_length),
        ]
    return sorted(extents)


def _pieces(before: IO[bytes], end: int, blanked: list[Extent]) -> Iterator[bytes]:
    at = 0
    for start, stop in (*blanked, (end, end)):
        before.seek(at)
        while at < start and (piece := before.read(min(_COPIED_AT_ONCE, start - at))):
            yield piece
            at += len(piece)
        yield bytes(stop - start)
        at = stop


def _write_index(
    output: FileOutput, file: ListFile, found: dict[PriorKey, FoundList]
) -> dict[str, list[Part]]:
    gone: dict[tuple[str, int], list[int]] = {}
    for (table, _), erased in found.items():
        gone.setdefault((table.value, erased.part), []).append(erased.entry)
    tables: dict[str, list[Part]] = {}
    for table in file.tables():
        tables[table.value] = [
            _write_rest(output, file, table, part, gone.get((table.value, part), []))
            for part in range(file.part_count(table))
        ]
    return tables


def _write_rest(
    output: FileOutput, file: ListFile, table: PriorTable, part: int, gone: list[int]
) -> Part:
    hashes, places = file.read_part(table, part)
    kept = np.empty(len(hashes), SPILLED)
    kept["hash"], kept["place"] = hashes, places
    return write_part(output, np.delete(kept, gone))
