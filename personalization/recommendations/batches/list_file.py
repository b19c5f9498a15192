"""The rows of a part in one file, which is there whole or not at all."""

import csv
from abc import abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import fields
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from personalization.recommendations.batches.batch_job import ListFormat
from personalization.recommendations.batches.batch_rows import ListRow

COLUMNS = tuple(field.name for field in fields(ListRow))
_VALUES = attrgetter(*COLUMNS)
_NULLABLE = {"user_id", "price", "image", "fell_back_from", "short"}
_TYPES = {
    "position": pa.int64(),
    "price": pa.float64(),
    "score": pa.float64(),
    "propensity": pa.float64(),
    "explored": pa.bool_(),
    "made_at": pa.timestamp("us", tz="UTC"),
}
SCHEMA = pa.schema(
    [pa.field(name, _TYPES.get(name, pa.string()), name in _NULLABLE) for name in COLUMNS]
)


class ListWriter(AbstractContextManager["ListWriter"]):
    """Writes beside the file, and moves what it wrote to its place where nothing was raised."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._unfinished = file.with_name(f".{file.name}.unfinished")
        self._open(self._unfinished)

    @abstractmethod
    def add(self, rows: Sequence[ListRow]) -> None: ...

    @abstractmethod
    def _open(self, file: Path) -> None: ...

    @abstractmethod
    def _close(self) -> None: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()
        if kind is None:
            self._unfinished.replace(self._file)


class ParquetList(ListWriter):
    _writer: pq.ParquetWriter

    def _open(self, file: Path) -> None:
        self._writer = pq.ParquetWriter(file, SCHEMA, compression="zstd")

    def add(self, rows: Sequence[ListRow]) -> None:
        columns: Sequence[Any] = list(zip(*map(_VALUES, rows), strict=True))
        values = dict(zip(COLUMNS, columns or [()] * len(COLUMNS), strict=True))
        self._writer.write_table(pa.Table.from_pydict(values, schema=SCHEMA))

    def _close(self) -> None:
        self._writer.close()


class _TextList(ListWriter):
    _text: IO[bytes]

    def _open(self, file: Path) -> None:
        self._text = file.open("wb")

    def _close(self) -> None:
        self._text.close()


class JsonLinesList(_TextList):
    def add(self, rows: Sequence[ListRow]) -> None:
        self._text.writelines(msgspec.json.encode(row) + b"\n" for row in rows)


class CsvList(_TextList):
    """With a header; what is absent is empty, moments are RFC 3339."""

    def _open(self, file: Path) -> None:
        super()._open(file)
        self._writer = csv.writer(_Encoded(self._text), lineterminator="\n")
        self._writer.writerow(COLUMNS)

    def add(self, rows: Sequence[ListRow]) -> None:
        for row in rows:
            *values, made_at = _VALUES(row)
            self._writer.writerow((*values, made_at.isoformat()))


class _Encoded:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        return self._file.write(text.encode())


WRITERS: dict[ListFormat, type[ListWriter]] = {
    ListFormat.PARQUET: ParquetList,
    ListFormat.CSV: CsvList,
    ListFormat.JSONL: JsonLinesList,
}
