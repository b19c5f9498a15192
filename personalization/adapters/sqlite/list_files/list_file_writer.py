"""Writes the lists of a generation into its file, holding a batch and a part of an index."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import msgspec
import numpy as np
import numpy.typing as npt

from personalization.adapters.sqlite.list_files.layout import (
    HASH_BITS,
    LONGEST_ID,
    MARK,
    PLACE,
    ROW,
    TAIL,
    Foot,
    Part,
    hashes_of,
)
from personalization.domain.lists.list_columns import ListColumns, Texts
from personalization.domain.prior import PriorTable

SORTED_AT_ONCE = 1_000_000
"""Lists of a part, about: some 100 MB while it is sorted."""
SPILLED = np.dtype([("hash", "<u8"), ("place", PLACE)])
"""An entry of an index, before it is written by columns."""

Spilled = npt.NDArray[Any]


class FileOutput:
    """Counts and hashes what goes into the file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = sha256()
        self.at = 0

    def write(self, content: bytes | memoryview) -> int:
        """Return where it was written."""
        start = self.at
        self._file.write(content)
        self._digest.update(content)
        self.at += len(content)
        return start

    def digest(self) -> bytes:
        return self._digest.digest()


class _Spill:
    """The places of a table's lists, in the order they were written, until they are sorted."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._lists = 0

    def add(self, some: Spilled) -> None:
        self._file.write(some.tobytes())
        self._lists += len(some)

    def parts(self, sorted_at_once: int) -> Iterator[Spilled]:
        """Yield the places part by part, each by its hashes; as often read as there are parts."""
        bits = max(0, -(-self._lists // sorted_at_once) - 1).bit_length()
        for part in range(1 << bits):
            chosen = [self._of_part(some, part, bits) for some in self._chunks(sorted_at_once)]
            places = np.concatenate([np.empty(0, SPILLED), *chosen])
            yield places[np.argsort(places["hash"], kind="stable")]

    def _of_part(self, some: Spilled, part: int, bits: int) -> Spilled:
        if not bits:
            return some
        chosen: Spilled = some[some["hash"] >> np.uint64(HASH_BITS - bits) == part]
        return chosen

    def _chunks(self, lists: int) -> Iterator[Spilled]:
        self._file.seek(0)
        while content := self._file.read(lists * SPILLED.itemsize):
            yield np.frombuffer(content, SPILLED)


def write_list_file(
    path: Path, batches: Iterable[ListColumns], sorted_at_once: int = SORTED_AT_ONCE
) -> None:
    """Write the file, with the batches of each table in any order; a key comes once in a table."""
    with ExitStack() as opened:
        output = FileOutput(opened.enter_context(path.open("wb")))
        output.write(MARK)
        spills: dict[PriorTable, _Spill] = {}
        for batch in batches:
            if batch.table not in spills:
                file = opened.enter_context(TemporaryFile(dir=path.parent))
                spills[batch.table] = _Spill(file)
            spills[batch.table].add(_write_batch(output, batch))
        tables = {
            table.value: [write_part(output, places) for places in spill.parts(sorted_at_once)]
            for table, spill in spills.items()
        }
        write_end(output, tables)


def write_end(output: FileOutput, tables: dict[str, list[Part]]) -> None:
    """Write foot and tail."""
    foot = msgspec.json.encode(Foot(tables))
    output.write(foot)
    output.write(TAIL.pack(len(foot), output.digest(), MARK))


def _write_batch(output: FileOutput, batch: ListColumns) -> Spilled:
    ids, keys, starts = batch.member_ids, batch.keys, batch.starts
    lengths = np.diff(ids.bounds)
    if len(lengths) and int(lengths.max()) > LONGEST_ID:
        raise ValueError(f"A member's id has more than {LONGEST_ID} bytes.")
    rows = np.empty(len(lengths), ROW)
    rows["strength"], rows["value"] = batch.strengths, batch.values
    rows["support"], rows["length"] = batch.supports, lengths
    rows_at = output.write(rows.tobytes())
    ids_at, keys_at = _write_texts(output, ids), _write_texts(output, keys)
    firsts, ends = ids.bounds[starts[:-1]], ids.bounds[starts[1:]]
    spilled = np.empty(len(keys), SPILLED)
    spilled["hash"] = hashes_of(keys.encode())
    places = spilled["place"]
    places["rows_at"] = rows_at + (starts[:-1] - starts[0]) * ROW.itemsize
    places["rows"] = np.diff(starts)
    places["ids_at"], places["ids_length"] = ids_at + firsts - ids.bounds[0], ends - firsts
    places["key_at"] = keys_at + keys.bounds[:-1] - keys.bounds[0]
    places["key_length"] = np.diff(keys.bounds)
    return spilled


def _write_texts(output: FileOutput, texts: Texts) -> int:
    return output.write(texts.data[int(texts.bounds[0]) : int(texts.bounds[-1])])


def write_part(output: FileOutput, spilled: Spilled) -> Part:
    """Write hashes and places of a part, which come by rising hashes."""
    # Numbers are read quickest where their address is a multiple of their size.
    output.write(bytes(-output.at % 8))
    hashes_at = output.write(np.ascontiguousarray(spilled["hash"]).tobytes())
    places_at = output.write(np.ascontiguousarray(spilled["place"]).tobytes())
    return Part(hashes_at, places_at, len(spilled))
