"""Parquet files, read batch by batch."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from importers.tables.table import BrokenRow, TableRow
from personalization.domain.errors import ImportRejectedError

BATCH_ROWS = 8192
"""Large enough to be quick, small enough to be nothing in memory."""


class ParquetTable:
    """One parquet file; the columns must not be nested."""

    def __init__(self, path: Path) -> None:
        """Read the schema; a file that is not parquet raises `ImportRejectedError`."""
        self._path = path
        self.name = path.name
        try:
            with pq.ParquetFile(path) as file:
                self.columns = tuple(file.schema_arrow.names)
                self._total = file.metadata.num_rows
        except pa.ArrowInvalid as error:
            raise ImportRejectedError(f"{path.name} is not a parquet file: {error}") from error
        self._passed = 0

    @property
    def fraction(self) -> float:
        """Rows passed by rows in all."""
        return self._passed / self._total if self._total else 1.0

    def rows(self, columns: Sequence[str] | None = None) -> Iterator[TableRow | BrokenRow]:
        """Yield the rows, numbered from 1; a damaged page raises `ImportRejectedError`."""
        wanted = list(self.columns if columns is None else columns)
        self._passed = 0
        with pq.ParquetFile(self._path) as file:
            batches = file.iter_batches(batch_size=BATCH_ROWS, columns=wanted)
            try:
                for batch in batches:
                    by_column = [batch.column(name).to_pylist() for name in wanted]
                    for number, values in enumerate(zip(*by_column, strict=True), self._passed + 1):
                        yield TableRow(number, values)
                    self._passed += batch.num_rows
            except (pa.ArrowException, OSError) as error:
                raise ImportRejectedError(
                    f"{self.name} is damaged after row {self._passed}: {error}"
                ) from error
