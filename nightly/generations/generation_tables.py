"""Reads the ranked lists that Spark wrote into the folder of a generation."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from personalization.domain.prior import PriorTable, RankedMember
from personalization.priors import warehouse as names

Row = dict[str, Any]
"""A row of `spark_jobs.schemas.PRIORS` without its table."""

_COLUMNS = [names.KEY, names.RANK, names.MEMBER_ID, names.STRENGTH, names.VALUE, names.SUPPORT]


def tables_in(generation: Path) -> list[PriorTable]:
    """Return the tables that have rows."""
    folder = generation / names.TABLES_FOLDER
    return [table for table in PriorTable if (folder / f"{names.TABLE}={table.value}").exists()]


def read_rows(generation: Path, table: PriorTable) -> Iterator[Row]:
    """Yield a table's rows in the order they were written: by key, then rank."""
    folder = generation / names.TABLES_FOLDER / f"{names.TABLE}={table.value}"
    for batch in ds.dataset(folder, format="parquet").to_batches(columns=_COLUMNS):
        yield from batch.to_pylist()


def read_lists(generation: Path, table: PriorTable) -> Iterator[tuple[str, list[Row]]]:
    """Yield each key with its rows; a key that comes twice was written in the wrong order."""
    for key, rows in groupby(read_rows(generation, table), key=itemgetter(names.KEY)):
        yield key, list(rows)


def member_of(row: Row) -> RankedMember:
    return RankedMember(
        row[names.MEMBER_ID], row[names.STRENGTH], row[names.VALUE], row[names.SUPPORT]
    )
