"""Reads the ranked lists that Spark wrote into the folder of a generation, many lists at a time.

A table is several files. The rows of a key are together in one of them, by rank; they may be split
over row groups.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from personalization.domain.errors import GenerationRejectedError
from personalization.domain.lists.list_columns import ListColumns, Texts
from personalization.domain.prior import PriorTable
from personalization.priors import warehouse as names

BATCH_ROWS = 500_000
"""Read at once: some 50 MB, and the cost of a call is lost among so many."""
MOST_MEMBERS = 100_000
"""Of a list: it is read whole by whoever decides. More would be a key that stands for nothing."""

Places = npt.NDArray[np.int64]

COLUMNS = pa.schema(
    {
        names.KEY: pa.string(),
        names.RANK: pa.int64(),
        names.MEMBER_ID: pa.string(),
        names.STRENGTH: pa.float64(),
        names.VALUE: pa.float64(),
        names.SUPPORT: pa.int64(),
    }
)


@dataclass(frozen=True)
class ListBatch:
    """Whole lists, one after the other."""

    rows: pa.Table
    """Of `spark_jobs.schemas.PRIORS` without its table; no column has more than one chunk."""

    @cached_property
    def starts(self) -> Places:
        """Return the first row of each list, and the number of rows."""
        return np.append(_first_rows(self.rows), self.rows.num_rows)

    @cached_property
    def keys(self) -> pa.Array:
        """Return the key of each list."""
        return self.column(names.KEY).take(pa.array(self.starts[:-1]))

    @cached_property
    def lists(self) -> Places:
        """Return the number of the list that each row is in."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def columns(self, table: PriorTable) -> ListColumns:
        """Return the lists as a store takes them; they were checked before."""
        return ListColumns(
            table=table,
            keys=_texts(self.keys),
            starts=self.starts,
            member_ids=_texts(self.column(names.MEMBER_ID)),
            strengths=self.numbers(names.STRENGTH),
            values=self.numbers(names.VALUE),
            supports=self.column(names.SUPPORT).to_numpy(zero_copy_only=False),
        )

    def column(self, name: str) -> pa.Array:
        return self.rows.column(name).chunk(0)

    def numbers(self, name: str) -> npt.NDArray[np.float64]:
        """Return a column as numbers; one that is missing is no number."""
        filled = pc.cast(self.column(name), pa.float64(), safe=False)
        return np.asarray(filled.to_numpy(zero_copy_only=False))


def tables_in(generation: Path) -> list[PriorTable]:
    """Return the tables that have rows."""
    return [table for table in PriorTable if _folder(generation, table).exists()]


def read_lists(
    generation: Path, table: PriorTable, batch_rows: int = BATCH_ROWS
) -> Iterator[ListBatch]:
    """Yield a table's lists in the order they were written, none of them split.

    What is held at a time is a batch, whatever the size of the table. Raises
    `GenerationRejectedError` for a list of more than `MOST_MEMBERS`.
    """
    for file in sorted(_folder(generation, table).glob("*.parquet")):
        rest = COLUMNS.empty_table()
        with pq.ParquetFile(file, memory_map=True) as opened:
            for batch in opened.iter_batches(batch_rows, columns=COLUMNS.names):
                read = pa.table(batch).select(COLUMNS.names).cast(COLUMNS)
                rows = pa.concat_tables([rest, read]).combine_chunks()
                last = int(_first_rows(rows)[-1]) if rows.num_rows else 0
                rest = rows.slice(last)
                _check_length(table, rest)
                if last:
                    yield ListBatch(rows.slice(0, last))
        if rest.num_rows:
            yield ListBatch(rest)


def read_keys(generation: Path, table: PriorTable) -> Iterator[pa.Array]:
    """Yield the keys of a table, batch by batch."""
    for file in sorted(_folder(generation, table).glob("*.parquet")):
        with pq.ParquetFile(file, memory_map=True) as opened:
            for batch in opened.iter_batches(BATCH_ROWS, columns=[names.KEY]):
                yield pc.unique(batch.column(0).cast(pa.string()))


def _texts(ids: pa.Array) -> Texts:
    _, bounds, data = ids.buffers()
    some = slice(ids.offset, ids.offset + len(ids) + 1)
    return Texts(memoryview(data or b""), np.frombuffer(bounds, np.int32)[some].astype(np.int64))


def _folder(generation: Path, table: PriorTable) -> Path:
    return generation / names.TABLES_FOLDER / f"{names.TABLE}={table.value}"


def _first_rows(rows: pa.Table) -> Places:
    """Return where each list begins."""
    if not rows.num_rows:
        return np.empty(0, np.int64)
    keys = pc.fill_null(rows.column(names.KEY).combine_chunks(), "")
    changed = pc.not_equal(keys.slice(1), keys.slice(0, len(keys) - 1))
    return np.append(0, np.flatnonzero(changed.to_numpy(zero_copy_only=False)) + 1)


def _check_length(table: PriorTable, rows: pa.Table) -> None:
    if rows.num_rows > MOST_MEMBERS:
        key = rows.column(names.KEY)[0].as_py()
        raise GenerationRejectedError(
            f"{table.value} of {key}: a list of more than {MOST_MEMBERS:,} members"
        )
