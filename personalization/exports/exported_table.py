"""A table as data: columns with their types, whether they may be null, and what they mean."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

import pyarrow as pa

ExportedRow = TypeVar("ExportedRow")


class ExportedKind(StrEnum):
    """The type of a column; the values are its names in docs/warehouse.md."""

    TEXT = "string"
    INTEGER = "int64"
    NUMBER = "double"
    TRUTH = "boolean"
    MOMENT = "timestamp"
    """Microseconds, UTC."""
    TEXTS = "list<string>"
    INTEGERS = "list<int64>"
    NUMBERS = "list<double>"


ARROW_TYPES = {
    ExportedKind.TEXT: pa.string(),
    ExportedKind.INTEGER: pa.int64(),
    ExportedKind.NUMBER: pa.float64(),
    ExportedKind.TRUTH: pa.bool_(),
    ExportedKind.MOMENT: pa.timestamp("us", tz="UTC"),
    ExportedKind.TEXTS: pa.list_(pa.string()),
    ExportedKind.INTEGERS: pa.list_(pa.int64()),
    ExportedKind.NUMBERS: pa.list_(pa.float64()),
}


@dataclass(frozen=True, slots=True)
class ExportedColumn(Generic[ExportedRow]):
    name: str
    kind: ExportedKind
    value: Callable[[ExportedRow], Any]
    meaning: str
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class ExportedTable(Generic[ExportedRow]):
    name: str
    columns: tuple[ExportedColumn[ExportedRow], ...]

    @property
    def schema(self) -> pa.Schema:
        """Return Arrow's schema, which has each column's meaning in its metadata."""
        return pa.schema(
            [
                pa.field(
                    column.name,
                    ARROW_TYPES[column.kind],
                    column.nullable,
                    {"meaning": column.meaning},
                )
                for column in self.columns
            ]
        )

    def batch(self, rows: Sequence[ExportedRow], schema: pa.Schema) -> pa.RecordBatch:
        values = {column.name: [column.value(row) for row in rows] for column in self.columns}
        return pa.RecordBatch.from_pydict(values, schema=schema)
