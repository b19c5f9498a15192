"""The sketch of a generation as a small Parquet file in its folder."""

import json
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from nightly.generations.generation_tables import read_lists, tables_in
from nightly.generations.sketch import (
    GenerationSketch,
    GenerationSketcher,
    ShareSketch,
    TableSketch,
)
from personalization.domain.prior import PriorTable
from personalization.priors import warehouse as names

SKETCH_FILE = "sketch.parquet"
_SHARES = "shares"
"""Stands in the place of a table for the products' shares of popularity."""
_COUNTS = b"counts"
_SCHEMA = pa.schema(
    {
        names.TABLE: pa.string(),
        names.KEY: pa.string(),
        names.MEMBER_ID: pa.string(),
        names.STRENGTH: pa.float64(),
    }
)
_Row = tuple[str, str, str, float]


def write_sketch(sketch: GenerationSketch, folder: Path) -> None:
    columns = list(zip(*_rows_of(sketch), strict=True)) or [()] * len(_SCHEMA)
    counts = {table.value: [kept.lists, kept.bound] for table, kept in sketch.tables.items()}
    stated = {
        _COUNTS: json.dumps(
            {**counts, _SHARES: [sketch.shares.products, sketch.shares.total]}
        ).encode()
    }
    rows = pa.table([list(column) for column in columns], schema=_SCHEMA)
    pq.write_table(rows.replace_schema_metadata(stated), folder / SKETCH_FILE)


def _rows_of(sketch: GenerationSketch) -> Iterator[_Row]:
    for product, share in sketch.shares.largest.items():
        yield _SHARES, product, "", share
    for table, kept in sketch.tables.items():
        for key, members in kept.first.items():
            for member, strength in members.items():
                yield table.value, key, member, strength


def sketch_of(folder: Path) -> GenerationSketch:
    """Return the sketch in a generation's folder; of an older release, by reading its tables."""
    file = folder / SKETCH_FILE
    return _read(file) if file.exists() else _make(folder)


def _make(folder: Path) -> GenerationSketch:
    sketcher = GenerationSketcher()
    for table in tables_in(folder):
        for _ in sketcher.watch(table, read_lists(folder, table)):
            pass
    return sketcher.sketch()


def _read(file: Path) -> GenerationSketch:
    read = pq.read_table(file)
    counts = json.loads(read.schema.metadata[_COUNTS])
    columns = [read.column(name).to_pylist() for name in _SCHEMA.names]
    by_table = {
        name: list(rows) for name, rows in groupby(zip(*columns, strict=True), key=itemgetter(0))
    }
    tables = {
        PriorTable(name): TableSketch(
            PriorTable(name), lists, bound, _lists(by_table.get(name, []))
        )
        for name, (lists, bound) in counts.items()
        if name != _SHARES
    }
    shares = {product: share for _, product, _, share in by_table.get(_SHARES, [])}
    return GenerationSketch(tables, ShareSketch(shares, *counts[_SHARES]))


def _lists(rows: list[_Row]) -> dict[str, dict[str, float]]:
    return {
        key: {member: strength for _, _, member, strength in members}
        for key, members in groupby(rows, key=itemgetter(1))
    }
