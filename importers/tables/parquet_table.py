"""Parquet files, read batch by batch."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from importers.tables.table import BrokenRow, TableRow, Values
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
                self._schema: Any = file.schema_arrow
                self._total = file.metadata.num_rows
        except (pa.ArrowException, OSError) as error:
            raise ImportRejectedError(f"{path.name} is not a parquet file: {error}") from error
        self.columns: tuple[str, ...] = tuple(self._schema.names)
        self.columns_with_types = frozenset(
            field.name for field in self._schema if _is_typed(field.type)
        )
        self._passed = 0

    @property
    def fraction(self) -> float:
        """Rows passed by rows in all."""
        return self._passed / self._total if self._total else 1.0

    def verify(self, columns: Sequence[str]) -> None:
        """Decode the columns without keeping them; a damaged page raises `ImportRejectedError`."""
        for _ in self._batches(columns):
            pass

    def problem(self) -> None:
        """Return nothing: what is damaged is told where it is read."""

    def rows(self, columns: Sequence[str] | None = None) -> Iterator[TableRow | BrokenRow]:
        """Yield the rows, numbered from 1; a damaged page raises `ImportRejectedError`.

        Columns of the file that no import can use (nested ones, but for lists) are None unless
        asked for.
        """
        wanted = self.columns if columns is None else columns
        read = [name for name in wanted if columns is not None or self._is_flat(name)]
        if columns is None:
            read += [name for name in self.columns if self._is_list(name)]
        for batch in self._batches(read, with_lists=columns is None):
            by_name = {name: _values(batch.column(name)) for name in read}
            none = [None] * batch.num_rows
            by_column = [by_name.get(name, none) for name in wanted]
            for number, values in enumerate(zip(*by_column, strict=True), self._passed + 1):
                yield TableRow(number, values)
            self._passed += batch.num_rows

    @property
    def is_flat(self) -> bool:
        """Whether every column has plain values and a name of its own."""
        return all(map(self._is_flat, self.columns))

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[Any]:
        """Yield the whole file, or some columns of it, batch by batch."""
        for batch in self._batches(self.columns if columns is None else columns):
            yield batch
            self._passed += batch.num_rows

    def kind_of(self, column: str) -> Any:  # noqa: ANN401 - a type of pyarrow
        return self._schema.field(column).type

    def distinct_values(self, batch: Any, column: str) -> Sequence[object]:  # noqa: ANN401 - of pyarrow
        """Return what differs in a column, as `rows` gives it."""
        values = batch.column(column)
        plain = values.dictionary_decode() if pa.types.is_dictionary(values.type) else values
        return _values(plain.unique())

    def values_at(self, batch: Any, places: Sequence[int]) -> Iterator[Values]:  # noqa: ANN401 - of pyarrow
        """Yield rows of a batch as `rows` gives them."""
        some = batch.take(pa.array(places, pa.int64()))
        yield from zip(*map(_values, some.columns), strict=True)

    def _batches(self, columns: Sequence[str], *, with_lists: bool = False) -> Iterator[Any]:
        usable = {name for name in columns if self._is_flat(name)}
        usable.update(name for name in columns if with_lists and self._is_list(name))
        nested = [name for name in columns if name not in usable]
        if nested:
            raise ImportRejectedError(
                f"{self.name}: the column {nested[0]} is nested or stands twice"
            )
        self._passed = 0
        try:
            with pq.ParquetFile(self._path) as file:
                yield from file.iter_batches(batch_size=BATCH_ROWS, columns=list(columns))
        except (pa.ArrowException, OSError) as error:
            raise ImportRejectedError(
                f"{self.name} is damaged after row {self._passed}: {error}"
            ) from error

    def _is_list(self, name: str) -> bool:
        """Whether a cell is a list of plain values."""
        kind = self._schema.field(name).type if self.columns.count(name) == 1 else None
        if kind is None or not (pa.types.is_list(kind) or pa.types.is_large_list(kind)):
            return False
        return not pa.types.is_nested(kind.value_type)

    def _is_flat(self, name: str) -> bool:
        if self.columns.count(name) != 1:
            return False
        is_nested: bool = pa.types.is_nested(self._schema.field(name).type)
        return not is_nested


def _is_typed(kind: Any) -> bool:  # noqa: ANN401 - a type of pyarrow
    types = pa.types
    tests = (types.is_floating, types.is_decimal, types.is_temporal, types.is_boolean)
    return any(has_type(kind) for has_type in tests)


def _values(column: Any) -> list[object]:  # noqa: ANN401 - an array of pyarrow
    """Return the values as Python has them; what it cannot hold becomes its text."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.dictionary_decode()
        kind = column.type
    if pa.types.is_timestamp(kind):
        # Python's moments end at microseconds; a finer unit is cut, none is multiplied.
        unit = "us" if kind.unit == "ns" else kind.unit
        column = column.cast(pa.timestamp(unit, tz=kind.tz and "UTC"), safe=False)
    values: list[object]
    try:
        values = column.to_pylist()
    except (ValueError, OverflowError):
        values = [_value(scalar) for scalar in column]
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return [_text(value) for value in values]
    return values


def _value(scalar: Any) -> object:  # noqa: ANN401 - a scalar of pyarrow
    try:
        value: object = scalar.as_py()
    except UnicodeDecodeError:
        # Bytes stay bytes, which no column takes for a text.
        return scalar.as_buffer().to_pybytes()
    except (ValueError, OverflowError):
        return f"{scalar.type} {getattr(scalar, 'value', '')}"
    return value


def _text(value: object) -> object:
    try:
        return value.decode() if isinstance(value, bytes) else value
    except UnicodeDecodeError:
        return value
