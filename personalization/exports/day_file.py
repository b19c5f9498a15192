"""The rows of one table and day in one file, which is replaced only where they have changed."""

import filecmp
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Generic

import pyarrow as pa
import pyarrow.parquet as pq

from personalization.exports.exported_table import ExportedRow, ExportedTable

FILE = "part-0.parquet"
ROWS_PER_GROUP = 50_000
"""So many are held in memory, as columns."""


def day_folder(folder: Path, table: str, day: date) -> Path:
    return folder / table / f"date={day.isoformat()}"


class FileOutcome(StrEnum):
    WRITTEN = "written"
    UNCHANGED = "unchanged"
    REMOVED = "removed"
    """There are no such rows any more."""
    EMPTY = "empty"


class DayFile(Generic[ExportedRow]):
    """A reader finds the former file or the new one, whole: a new one is moved to its place.

    The same rows make the same bytes, so that two files are compared as such.
    """

    def __init__(self, folder: Path, table: ExportedTable[ExportedRow], day: date) -> None:
        self._table = table
        self._file = day_folder(folder, table.name, day) / FILE
        self._unfinished = self._file.with_name(f".{FILE}.unfinished")
        self._schema = table.schema
        self._waiting: list[pa.RecordBatch] = []
        self._writer: pq.ParquetWriter | None = None
        self.rows = 0

    def add(self, rows: Sequence[ExportedRow]) -> None:
        if not rows:
            return
        self._waiting.append(self._table.batch(rows, self._schema))
        self.rows += len(rows)
        if sum(batch.num_rows for batch in self._waiting) >= ROWS_PER_GROUP:
            self._write_waiting()

    def finish(self) -> FileOutcome:
        if self.rows == 0:
            if not self._file.exists():
                return FileOutcome.EMPTY
            self._file.unlink()
            self._file.parent.rmdir()
            return FileOutcome.REMOVED
        self._write_waiting()
        self.close()
        if self._file.exists() and filecmp.cmp(self._unfinished, self._file, shallow=False):
            self._unfinished.unlink()
            return FileOutcome.UNCHANGED
        self._unfinished.replace(self._file)
        return FileOutcome.WRITTEN

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _write_waiting(self) -> None:
        if not self._waiting:
            return
        if self._writer is None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._writer = pq.ParquetWriter(self._unfinished, self._schema, compression="zstd")
        self._writer.write_table(pa.Table.from_batches(self._waiting, self._schema))
        self._waiting = []
